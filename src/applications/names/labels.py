"""Labels of proteins in prompts and tables: symbols, or P1, P2, .. for other names.

Names of proteins come from files that anybody may have written. A label cannot have an instruction.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,29}", re.ASCII)
"""What a gene symbol, an accession or an Ensembl id looks like."""

DIGITS = re.compile(r"(\d+)")


def labels_of(names: Sequence[str]) -> dict[str, str]:
    """Return a label for each name: itself, or P and a number that no name has.

    Other names are numbered in the order of their characters.
    """
    strange = sorted(name for name in set(names) if not SYMBOL.fullmatch(name))
    taken = set(names)
    free = (label for k in range(1, 2 * len(taken) + 2) if (label := f"P{k}") not in taken)
    aliases = dict(zip(strange, free, strict=False))
    return {name: aliases.get(name, name) for name in names}


def natural(label: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts P2 before P10."""
    parts = DIGITS.split(label)
    return tuple((1, int(p), "") if p.isdecimal() else (0, 0, p) for p in parts)


def harmless(text: str, most: int = 120) -> str:
    """Return a text in one line without control and direction marks, cut at `most` characters."""
    kept = (" " if unicodedata.category(c) in ("Zl", "Zp", "Cc") else c for c in text)
    plain = "".join(c for c in kept if unicodedata.category(c)[0] != "C")
    return " ".join(plain.split())[:most].strip()
