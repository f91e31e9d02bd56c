"""Evidence of folded pairs: cards, contacts of each assembly as plot and commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ....artifacts import Card
from ....report.templating import render
from .agreement import Agreement, Residue
from .chimerax import commands, ranges
from .pictures import Chord, contact_picture

MOST_PICTURES = 200
"""Assemblies that the page of contacts shows, those of the most contacts."""

PAGE = "contacts.html"


@dataclass(frozen=True)
class FoldedPair:
    """A folded pair, and what is said of it.

    Attributes:
        agreement: What its models have in common.
        assembly: The smallest assembly that contains both; the job where there is none.
        score: The median over models that error rates are given of; NaN: none.
        scored: Name of that score.
        pdb: Whether the PDB has the pair, in words; "" where nothing was looked up.
        more: What the list of jobs says besides.
    """

    agreement: Agreement
    assembly: str
    score: float
    scored: str
    pdb: str
    more: Mapping[str, str | float]

    @property
    def job(self) -> str:
        """Name of the job."""
        return self.agreement.key[0]

    def residues(self, side: int) -> str:
        """Return the interface residues of one protein, runs joined."""
        return ranges(number for at, number, _ in self.agreement.interface if at == side)

    def card(self) -> Card:
        """Return what is known of the pair as plain JSON."""
        one = self.agreement
        return {
            "job": self.job,
            "proteins": list(one.labels),
            "assembly": self.assembly,
            self.scored: self.score,
            "models": one.models,
            "agreeing": one.agreeing,
            "contacts": len(one.shared),
            "certain_contacts": len(one.certain),
            "interface_residues": {n: self.residues(k) for k, n in enumerate(one.labels)},
            "pdb": self.pdb,
            "structure": one.file,
            **self.more,
        }


def by_assembly(pairs: Sequence[FoldedPair]) -> dict[str, list[FoldedPair]]:
    """Return the pairs of each assembly, the best first; assemblies by their contacts."""
    folded: dict[str, list[FoldedPair]] = {}
    for one in sorted(pairs, key=lambda one: -one.score if one.score == one.score else 1):
        folded.setdefault(one.assembly, []).append(one)
    counts = {name: sum(len(p.agreement.certain) for p in some) for name, some in folded.items()}
    return dict(sorted(folded.items(), key=lambda item: -counts[item[0]]))


def cards_of(groups: Mapping[str, Sequence[FoldedPair]]) -> dict[str, Card]:
    """Return what the card of each assembly says: its folded pairs, and where their picture is."""
    return {
        name: {"pairs": [one.card() for one in pairs], "picture": f"{PAGE}#{quote(name)}"}
        for name, pairs in groups.items()
    }


def command_files(folder: Path, groups: Mapping[str, Sequence[FoldedPair]]) -> dict[str, str]:
    """Return ChimeraX commands, a file a pair and a file an assembly of several pairs."""
    files = {}
    for name, pairs in groups.items():
        for one in pairs:
            title = f"{one.job}: {' and '.join(one.agreement.labels)}, {one.scored} {one.score:.3g}"
            path = f"chimerax/pairs/{quote(one.job, safe='')}.cxc"
            files[path] = commands(folder, title, [one.agreement])
        certain = [one.agreement for one in pairs if one.agreement.certain]
        if len(certain) > 1:
            path = f"chimerax/assemblies/{quote(name, safe='')}.cxc"
            files[path] = commands(folder, f"Assembly {name}", certain)
    return files


def contact_page(groups: Mapping[str, Sequence[FoldedPair]]) -> str:
    """Return a page with the contact picture and the pairs of each assembly."""
    shown = list(groups.items())[:MOST_PICTURES]
    return render(
        "applications/structures/scores/templates/contacts.html.j2",
        left=len(groups) - len(shown),
        assemblies=[_described(name, pairs) for name, pairs in shown],
    )


def _described(name: str, pairs: Sequence[FoldedPair]) -> dict[str, object]:
    """Return what the page shows of an assembly."""
    lengths: dict[str, int] = {}
    for one in pairs:
        for label, length in zip(one.agreement.labels, one.agreement.lengths, strict=True):
            lengths.setdefault(label, length)
    chords = [chord for one in pairs for chord in _chords(one.agreement)]
    picture = contact_picture(f"Contacts of {name}", lengths, chords)
    rows = [_row(one) for one in pairs]
    return {"name": name, "picture": picture, "scored": pairs[0].scored, "rows": rows}


def _row(pair: FoldedPair) -> list[object]:
    one = pair.agreement
    residues = "; ".join(
        f"{label} {pair.residues(k)}" for k, label in enumerate(one.labels) if pair.residues(k)
    )
    pair_name = f"{' - '.join(one.labels)} ({pair.job})"
    counts = (one.models, one.agreeing, len(one.certain))
    return [pair_name, f"{pair.score:.3g}", *counts, residues, pair.pdb]


def _chords(one: Agreement) -> list[Chord]:
    def end(residue: Residue) -> tuple[str, int]:
        return one.labels[residue[0]], residue[1]

    return [
        Chord(end(a), end(b), one.shared[a, b] / one.models, one.pae[a, b]) for a, b in one.certain
    ]
