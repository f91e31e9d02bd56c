"""Experimental design of a contrast: condition, replicate and table of each sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...artifacts import Embedding
from ...data.sheets import find_column, header_of, open_sheet
from ...errors import DataError

COLUMNS = ("condition", "replicate", "path")
BLOCK = "block"

FEWEST_FEATURES = 2
FEWEST_PROTEINS = 10
"""What a table needs: with fewer proteins a similarity has no background to be ranked in."""


@dataclass(frozen=True)
class Replicate:
    """One table of the experiment.

    Attributes:
        condition: What was done to the cells.
        name: Of the replicate, distinct within its condition.
        block: What was processed together, such as a day or a batch; "" where not stated.
        path: The table, proteins x features.
    """

    condition: str
    name: str
    block: str
    path: Path

    @property
    def key(self) -> str:
        """How messages name it."""
        return f"{self.condition}/{self.name}"


@dataclass(frozen=True)
class Design:
    """All replicates, in the order of the file; the first condition is the base of effects."""

    replicates: tuple[Replicate, ...]

    @property
    def conditions(self) -> tuple[str, ...]:
        """Distinct conditions, in their order."""
        return tuple(dict.fromkeys(one.condition for one in self.replicates))

    @property
    def labels(self) -> list[str]:
        """Condition of each replicate."""
        return [one.condition for one in self.replicates]

    @property
    def blocks(self) -> list[str]:
        """Block of each replicate."""
        return [one.block for one in self.replicates]

    @property
    def unreplicated(self) -> tuple[str, ...]:
        """Conditions of a single replicate."""
        return tuple(name for name in self.conditions if self.labels.count(name) == 1)

    def without(self, left_out: Sequence[str]) -> Design:
        """Return the design without replicates, named ``CONDITION/REPLICATE``.

        Raises:
            DataError: If there is no such replicate, or fewer than two conditions are left.
        """
        keys = [one.key for one in self.replicates]
        unknown = [name for name in left_out if name not in keys]
        if unknown:
            raise DataError(
                f"leave_out: there is no replicate '{unknown[0]}'; there are {', '.join(keys)}."
            )
        left = Design(tuple(one for one in self.replicates if one.key not in left_out))
        if len(left.conditions) < 2:
            raise DataError(
                f"leave_out leaves {len(left.conditions)} conditions, and two are needed."
            )
        return left


def read_design(path: Path) -> Design:
    """Read a design: ``condition replicate path [block]``, paths relative to the file.

    Raises:
        DataError: If a column or cell is missing, a replicate or a table is named twice, a table
            does not exist, or there are fewer than two conditions.
    """
    sheet = open_sheet(path)
    line, header = header_of(sheet)
    names = [*COLUMNS, *([BLOCK] if BLOCK in header else [])]
    columns = [find_column(sheet, header, name) for name in names]
    table = sheet.read(header, after=line, texts=columns)[columns].set_axis(names, axis=1)
    rows = []
    for number, row in zip(table.index, table.to_dict("records"), strict=True):
        cells = {str(name): str(cell) for name, cell in row.items()}
        blank = [name for name in COLUMNS if not cells[name]]
        if blank:
            raise DataError(f"{sheet.where(int(number))}: {blank[0]} is blank.")
        place = path.parent / cells["path"]
        if not place.is_file():
            raise DataError(f"{sheet.where(int(number))}: {place} is no file.")
        rows.append(Replicate(cells["condition"], cells["replicate"], cells.get(BLOCK, ""), place))
    design = Design(tuple(rows))
    _check(path, design)
    return design


def _check(path: Path, design: Design) -> None:
    keys = [one.key for one in design.replicates]
    places = [one.path.resolve() for one in design.replicates]
    for k, (key, place) in enumerate(zip(keys, places, strict=True)):
        if key in keys[:k]:
            raise DataError(f"{path.name}: replicate {key} is named twice; name each once.")
        if place in places[:k]:
            first = keys[places.index(place)]
            raise DataError(
                f"{path.name}: {first} and {key} are one table, {place.name}; a replicate is "
                "another measurement, not the same one again."
            )
    if len(design.conditions) < 2:
        raise DataError(
            f"{path.name}: names one condition, '{keys[0].partition('/')[0]}'; a contrast needs "
            "two or more."
        )


def check_tables(design: Design, tables: Sequence[Embedding]) -> None:
    """Check the tables of a design against each other.

    Raises:
        DataError: If one is too small, two have the same numbers, or they share too few proteins.
    """
    for k, (one, table) in enumerate(zip(design.replicates, tables, strict=True)):
        n, width = table.vectors.shape
        if n < FEWEST_PROTEINS or width < FEWEST_FEATURES:
            raise DataError(
                f"{one.key}: {one.path.name} holds {n} proteins x {width} features; at least "
                f"{FEWEST_PROTEINS} x {FEWEST_FEATURES} are needed to rank similarities."
            )
        for other, earlier in zip(design.replicates, tables[:k], strict=False):
            if _same(earlier, table):
                raise DataError(
                    f"{other.key} and {one.key} hold the same numbers; a replicate is another "
                    "measurement, not the same one again."
                )
    shared = set(tables[0].proteins).intersection(*(table.proteins for table in tables[1:]))
    if len(shared) < FEWEST_PROTEINS:
        first, last = design.replicates[0], design.replicates[-1]
        raise DataError(
            f"design: {len(shared)} proteins are in every table ({first.key}: "
            f"'{tables[0].proteins[0]}', {last.key}: '{tables[-1].proteins[0]}'), and "
            f"{FEWEST_PROTEINS} are needed; set data.id_map to translate names."
        )


def _same(first: Embedding, second: Embedding) -> bool:
    alike = first.proteins == second.proteins and first.vectors.shape == second.vectors.shape
    return alike and bool((first.vectors == second.vectors).all())
