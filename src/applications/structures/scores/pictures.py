"""Contact plot of an assembly: proteins as arcs of a circle, contacts as chords (SVG)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from ....report.templating import Markup, render

SIZE, RADIUS = 460, 160
"""Pixels of the picture and of its circle."""

GAP = 0.03
"""Share of the circle that is left free between the proteins, together at most half of it."""

TICK = 100
"""Residues from one tick to the next."""

COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb", "#ee8866")
"""Of the proteins in turn: the bright scheme of Paul Tol, and an orange."""

SURE, LESS_SURE, UNKNOWN = "#1b4f91", "#8fb6e3", "#999999"
"""Of contacts: PAE up to 5 Å, above, none known."""

SURE_PAE = 5.0


@dataclass(frozen=True)
class Chord:
    """A contact.

    Attributes:
        first: Protein and residue number.
        second: Protein and residue number.
        share: Of the models that have it, 0..1.
        pae: In Å; NaN where there is none.
    """

    first: tuple[str, int]
    second: tuple[str, int]
    share: float
    pae: float

    @property
    def colour(self) -> str:
        """Dark where the predicted error is small."""
        if self.pae != self.pae:
            return UNKNOWN
        return SURE if self.pae <= SURE_PAE else LESS_SURE


def colour_of(place: int) -> str:
    """Return the colour of the protein at a place of the list."""
    return COLOURS[place % len(COLOURS)]


def contact_picture(title: str, lengths: Mapping[str, int], chords: Sequence[Chord]) -> Markup:
    """Return an SVG picture: an arc for each protein as long as it is, a chord for each contact.

    Args:
        title: What is shown, for those who do not see it.
        lengths: Protein -> residues, in the order of the circle.
        chords: The contacts; those of large PAE are drawn first.
    """
    circle = _Circle(lengths)
    order = sorted(chords, key=lambda one: -one.pae if one.pae == one.pae else -1e9)
    return render(
        "applications/structures/scores/templates/contacts.svg.j2",
        title=title,
        size=SIZE,
        chords=[circle.chord(one) for one in order],
        arcs=list(circle.arcs()),
    )


class _Circle:
    def __init__(self, lengths: Mapping[str, int]) -> None:
        self.lengths = lengths
        gap = min(GAP, 0.5 / len(lengths))
        self.turn = (1 - gap * len(lengths)) / sum(lengths.values())
        self.start: dict[str, float] = {}
        at = gap / 2
        for name, length in lengths.items():
            self.start[name] = at
            at += length * self.turn + gap

    def _point(self, name: str, residue: float, radius: float) -> tuple[float, float]:
        angle = 2 * pi * (self.start[name] + residue * self.turn) - pi / 2
        return SIZE / 2 + radius * cos(angle), SIZE / 2 + radius * sin(angle)

    def _at(self, name: str, residue: float, radius: float) -> str:
        x, y = self._point(name, residue, radius)
        return f"{x:.1f} {y:.1f}"

    def chord(self, one: Chord) -> dict[str, str]:
        start, end = (self._at(*end, RADIUS - 8) for end in (one.first, one.second))
        return {
            "path": f"M{start}Q{SIZE / 2:g} {SIZE / 2:g} {end}",
            "colour": one.colour,
            "opacity": f"{0.2 + 0.6 * one.share:.2f}",
        }

    def arcs(self) -> Iterator[dict[str, object]]:
        for k, (name, length) in enumerate(self.lengths.items()):
            large = int(length * self.turn > 0.5)
            start, end = (self._at(name, at, RADIUS) for at in (0, length))
            x, y = self._point(name, length / 2, RADIUS + 16)
            yield {
                "name": name,
                "path": f"M{start}A{RADIUS} {RADIUS} 0 {large} 1 {end}",
                "colour": colour_of(k),
                "ticks": [self._tick(name, n) for n in range(TICK, length, TICK)],
                "x": f"{x:.1f}",
                "y": f"{y + 4:.1f}",
                "side": _side(x),
            }

    def _tick(self, name: str, residue: int) -> str:
        inner, outer = (self._at(name, residue, RADIUS + r) for r in (6, 11))
        return f"M{inner}L{outer}"


def _side(x: float) -> str:
    """End of a label that is at the circle, so that the text runs outwards."""
    return "start" if x > SIZE / 2 + 5 else "end" if x < SIZE / 2 - 5 else "middle"
