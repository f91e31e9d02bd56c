"""ChimeraX commands for predicted pairs and assemblies: interfaces, contacts, matched chains.

Commands: https://www.cgl.ucsf.edu/chimerax/docs/user (``open``, ``color``, ``name``, ``pbond``,
``matchmaker``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from .agreement import Agreement
from .pictures import SURE, colour_of

MOST_BONDS = 200
"""Contacts that are drawn of a pair, those of the smallest PAE."""


def ranges(numbers: Iterable[int]) -> str:
    """Return residue numbers with runs joined.

    >>> ranges([3, 4, 5, 9])
    '3-5,9'
    """
    spans = []
    for _, run in groupby(enumerate(sorted(set(numbers))), key=lambda pair: pair[1] - pair[0]):
        values = [number for _, number in run]
        spans.append(f"{values[0]}-{values[-1]}" if len(values) > 1 else f"{values[0]}")
    return ",".join(spans)


def commands(folder: Path, title: str, pairs: Sequence[Agreement]) -> str:
    """Return commands that open the best model of each pair and show its interface.

    Several pairs are joined at the proteins that they share: each model is matched to the first one
    opened before it that has one of its proteins.

    Args:
        folder: That of the results; an archive counts as unpacked into its own folder.
        title: A comment.
        pairs: What the models of each pair have in common, the best pair first.
    """
    names = list(dict.fromkeys(label for one in pairs for label in one.labels))
    lines = [
        f"# {_line(title)}",
        "# unpack archives first; if results were moved, change the next line",
    ]
    lines.append(f"cd {_quoted(str(folder))}")
    opened: dict[str, str] = {}
    for number, one in enumerate(pairs, 1):
        chains = {f"#{number}/{c}": n for c, n in zip(one.chains, one.labels, strict=True)}
        lines.append(f"open {_quoted(one.file)} format {_form(one.file)}")
        lines += [f"color {chain} {colour_of(names.index(n))}" for chain, n in chains.items()]
        shared = next((chain for chain, name in chains.items() if name in opened), None)
        if shared:
            lines.append(f"matchmaker {shared} to {opened[chains[shared]]} pairing ss")
        for chain, name in chains.items():
            opened.setdefault(name, chain)
        lines += _interface(number, one)
    lines += ["cartoon", "view"]
    return "\n".join(lines) + "\n"


def _interface(number: int, one: Agreement) -> list[str]:
    """Return commands that name the interface of a model and draw its contacts."""
    sides = [[number for side, number, _ in one.interface if side == k] for k in (0, 1)]
    both = zip(one.chains, sides, strict=True)
    chosen = "".join(f"/{chain}:{ranges(numbers)}" for chain, numbers in both if numbers)
    lines = []
    if chosen:
        lines += [f"name interface{number} #{number}{chosen}", f"show interface{number} atoms"]
        lines.append(f"style interface{number} stick")
    for a, b in list(one.certain)[:MOST_BONDS]:
        ends = " ".join(f"#{number}/{one.chains[side]}:{k}@CA" for side, k, _ in (a, b))
        lines.append(f"pbond {ends} color {SURE} name contacts")
    return lines


def _form(file: str) -> str:
    return "mmcif" if ".cif" in file else "pdb"


def _line(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    """Return a name in quotes; ChimeraX has no way to write a quote within."""
    return '"' + _line(text).replace('"', "?") + '"'
