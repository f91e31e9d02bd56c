"""Named protein sets from CORUM, GMT files and the Human Protein Atlas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal

from ..artifacts import Reading, TermSet
from ..errors import DataError
from ..nodes.ranges import MinLen, checked
from .identifiers import IdentifierMap, resolve
from .names import USUAL, NamePolicy
from .sheets import find_column, header_of, open_sheet, rows_note
from .textfiles import listed, read_text

Reliability = Literal["Enhanced", "Supported", "Approved", "Uncertain"]

RELIABILITIES: tuple[Reliability, ...] = ("Enhanced", "Supported", "Approved", "Uncertain")
"""How sure the Human Protein Atlas is of a location, best first."""

Sets = Mapping[str, tuple[str, Sequence[str]]]
"""``{term: (description, names as given)}``; the order is kept."""


@checked
def read_gmt(
    path: Path, *, identifiers: IdentifierMap | None = None, names: NamePolicy = USUAL
) -> Reading:
    """Read gene sets in GMT form: ``term <tab> description <tab> protein <tab> protein ..``.

    A term given twice holds the proteins of both lines; a term without proteins is left out;
    both are noted.

    Raises:
        DataError: If a line has no tab, or no term holds a protein.
    """
    sets: dict[str, tuple[str, list[str]]] = {}
    repeated = []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        term, *rest = (cell.strip() for cell in line.split("\t"))
        if not rest or not term:
            raise DataError(
                f"{path.name} row {number}: a term, a description and proteins belong here, "
                f"separated by tabs; got '{line[:40]}'."
            )
        if term in sets:
            repeated.append(term)
        sets.setdefault(term, (rest[0], []))[1].extend(filter(None, rest[1:]))
    notes: tuple[str, ...] = ()
    if repeated:
        notes = (f"{path.name}: {len(repeated)} lines repeat a term: {listed(repeated)}.",)
    return terms_of(path, sets, identifiers, names, notes)


@checked
def read_corum(
    path: Path,
    *,
    subunits: str = "subunits(Gene name)",
    complex_id: str = "ComplexID",
    name: str = "ComplexName",
    organism: str | None = "Human",
    identifiers: IdentifierMap | None = None,
    names: NamePolicy = USUAL,
) -> Reading:
    """Read complexes from CORUM's own table.

    Args:
        path: The table with a header.
        subunits: Column of the members, separated by ``;``: gene symbols, or
            ``subunits(UniProt IDs)``.
        complex_id: Column of the complex's number.
        name: Column of the complex's name.
        organism: Keep the complexes whose column ``Organism`` says so; None: all.
        identifiers: Brings names to current symbols.
        names: What groups of proteins and contaminants stand for.

    Raises:
        DataError: If a column is missing or no complex is left.
    """
    sheet = open_sheet(path)
    line, header = header_of(sheet)
    wanted = [complex_id, name, subunits, *([] if organism is None else ["Organism"])]
    columns = [find_column(sheet, header, column) for column in wanted]
    table = sheet.read(header, after=line, texts=columns)
    notes: tuple[str, ...] = ()
    if organism is not None:
        other = table["Organism"] != organism
        notes = rows_note(
            path, table.index[other], f"are not of organism '{organism}' and were left out"
        )
        table = table[~other]
    sets: dict[str, tuple[str, list[str]]] = {}
    for term, description, members in table[columns[:3]].itertuples(index=False):
        sets.setdefault(term, (description, []))[1].extend(split_names(members))
    return terms_of(path, sets, identifiers, names, notes)


@checked
def read_hpa(
    path: Path,
    *,
    id: str = "Gene_name",  # noqa: A002 - the key's name in the config
    reliability: Annotated[Sequence[Reliability], MinLen(1)] = RELIABILITIES,
    identifiers: IdentifierMap | None = None,
    names: NamePolicy = USUAL,
) -> Reading:
    """Read locations of the Human Protein Atlas: main and additional ones, a term for each.

    Column names may be written with blanks (``Gene name``) or with ``_``.

    Args:
        path: ``subcellular_location.tsv`` with a header.
        id: Column of the protein: ``Gene_name`` or ``Gene`` (Ensembl).
        reliability: Keep the proteins whose location is rated so.
        identifiers: Brings names to current symbols.
        names: What groups of proteins and contaminants stand for.

    Raises:
        ConfigError: If a reliability is unknown.
        DataError: If a column is missing or no location is left.
    """
    sheet = open_sheet(path)
    line, cells = header_of(sheet)
    header = tuple(cell.replace(" ", "_") for cell in cells)
    wanted = (id.replace(" ", "_"), "Reliability", "Main_location", "Additional_location")
    columns = [find_column(sheet, header, column) for column in wanted]
    table = sheet.read(header, after=line, texts=columns)
    dropped = ~table["Reliability"].isin(list(reliability)) | (table[columns[0]] == "")
    notes = rows_note(
        path,
        table.index[dropped],
        f"lack a name or are not rated {listed(reliability)}, and were left out",
    )
    sets: dict[str, tuple[str, list[str]]] = {}
    for name, _, main, additional in table[~dropped][columns].itertuples(index=False):
        for location in split_names(f"{main};{additional}"):
            sets.setdefault(location, (location, []))[1].append(name)
    return terms_of(path, dict(sorted(sets.items())), identifiers, names, notes)


def split_names(cell: str) -> list[str]:
    """Split ``a;b;None`` into its names; CORUM writes ``None`` where it knows none."""
    return [name for part in cell.split(";") if (name := part.strip()) not in ("", "None")]


def terms_of(
    path: Path,
    sets: Sets,
    identifiers: IdentifierMap | None,
    names: NamePolicy,
    notes: Iterable[str] = (),
) -> Reading:
    """Resolve the members of named sets and leave out, with a note, sets without members.

    Raises:
        DataError: If no set has a member.
    """
    resolved = resolve(
        path.name, chain.from_iterable(m for _, m in sets.values()), names, identifiers
    )
    found = {
        term: (description, {symbol for name in given for symbol in resolved.meaning[name]})
        for term, (description, given) in sets.items()
    }
    kept = {term: (description, held) for term, (description, held) in found.items() if held}
    if not kept:
        raise DataError(f"{path.name}: no term with a protein.")
    notes = (*notes, *resolved.notes)
    if len(kept) < len(sets):
        empty = [term for term in sets if term not in kept]
        notes += (f"{path.name}: terms without proteins were left out: {listed(empty)}.",)
    return Reading(TermSet.from_sets(kept), resolved.table, notes)
