"""Readers of references: CORUM complexes, GMT gene sets, Human Protein Atlas locations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd

from ..artifacts import Reading, TermSet
from ..errors import DataError
from ..nodes.ranges import MinLen, checked
from .identifiers import IdentifierMap, resolve
from .names import USUAL, NamePolicy
from .sheets import find_alike, find_column, header_of, open_sheet, rows_note
from .textfiles import listed, read_text

Reliability = Literal["Enhanced", "Supported", "Approved", "Uncertain"]

RELIABILITIES: tuple[Reliability, ...] = ("Enhanced", "Supported", "Approved", "Uncertain")
"""Reliabilities of the Human Protein Atlas, best first."""

MOST_IN_GROUP = 4
"""Maximum number of separators in a protein group ``A;B``; cells with more are lists."""

WEIGHTED = re.compile(r"(.+),\s*[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?")
"""A protein and its weight, as Enrichr writes them."""

FORMER_WORDS = {"Validated": "Enhanced", "Supportive": "Supported"}
"""Names of two reliabilities in releases before 17."""

Sets = Mapping[str, tuple[str, Sequence[str]]]
"""``{term: (description, names as given)}``; the order is kept."""


@checked
def read_gmt(
    path: Path,
    *,
    description: bool | None = None,
    identifiers: IdentifierMap | None = None,
    names: NamePolicy = USUAL,
) -> Reading:
    """Read gene sets in GMT format: ``term <tab> description <tab> protein <tab> protein ..``.

    Duplicate terms are merged; terms without proteins and weights (``GENE,1.0``, Enrichr) are left
    out; all are noted.

    Args:
        path: The file.
        description: Whether the second column is a description; None: it is, and a file whose
            second column looks like proteins is refused.
        identifiers: Maps names to current symbols.
        names: Policy for protein groups and contaminants.

    Raises:
        DataError: If a line has no tab, no term has a protein, or the descriptions are proteins.
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
        title, members = (term, rest) if description is False else (rest[0], rest[1:])
        crowded = None
        if line.count(";") > MOST_IN_GROUP:
            crowded = next((cell for cell in members if cell.count(";") > MOST_IN_GROUP), None)
        if crowded is not None:
            raise DataError(
                f"{path.name} row {number}: '{crowded[:40]}' is a list of names; GMT separates "
                "proteins by tabs (of CORUM's own table, kind is corum)."
            )
        sets.setdefault(term, (title, []))[1].extend(filter(None, members))
    if description is None:
        _check_descriptions(path, sets)
    notes: tuple[str, ...] = ()
    if repeated:
        notes = (f"{path.name}: {len(repeated)} lines repeat a term: {listed(repeated)}.",)
    bare, weighted = _without_weights(sets)
    if weighted:
        notes += (f"{path.name}: {weighted} weights behind a protein were left out.",)
    return terms_of(path, bare, identifiers, names, notes)


def _check_descriptions(path: Path, sets: Sets) -> None:
    """Refuse a file whose second column has members, recognised by similar names."""
    if not all(
        re.fullmatch(r"[A-Z][A-Za-z0-9.-]*", description) for description, _ in sets.values()
    ):
        return
    stems = {name: _stem(name) for _, members in sets.values() for name in members}
    like = [
        (description in stems or _stem(description) in map(stems.__getitem__, members))
        and description != term
        for term, (description, members) in sets.items()
    ]
    if sum(like) * 2 > len(sets):
        first = next(
            description
            for (description, _), alike in zip(sets.values(), like, strict=True)
            if alike
        )
        raise DataError(
            f"{path.name}: the second column seems to hold proteins ('{first}'), not descriptions; "
            "set description=false if it does, description=true if not."
        )


def _stem(name: str) -> str:
    """Return the stem of a symbol's gene family: ``PSMA1`` -> ``PSMA``."""
    return name.rstrip("0123456789")


def _without_weights(sets: Sets) -> tuple[Sets, int]:
    """Return sets without weights of members, and the number of weights removed."""
    given = [name for _, members in sets.values() for name in members if "," in name]
    weighted = {name: m[1] for name in given if (m := WEIGHTED.fullmatch(name))}
    if not weighted:
        return sets, 0
    bare = {
        term: (description, [weighted.get(name, name) for name in members])
        for term, (description, members) in sets.items()
    }
    return bare, sum(name in weighted for name in given)


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
    """Read complexes from CORUM's table, release 5 or earlier.

    Columns are matched ignoring case and punctuation: ``subunits_gene_name`` is
    ``subunits(Gene name)``.

    Args:
        path: The table with a header.
        subunits: Column of the members, separated by ``;`` or, in old releases, by ``,``: gene
            symbols, or ``subunits(UniProt IDs)``.
        complex_id: Column of the complex's number.
        name: Column of the complex's name.
        organism: Keep the complexes of this ``Organism``; None: all.
        identifiers: Maps names to current symbols.
        names: Policy for protein groups and contaminants.

    Raises:
        DataError: If a column is missing or no complex is left.
    """
    sheet = open_sheet(path)
    line, header = header_of(sheet)
    wanted = [complex_id, name, subunits, *([] if organism is None else ["Organism"])]
    columns = [find_alike(sheet, header, column) for column in wanted]
    table = sheet.read(header, after=line, texts=columns)
    notes: tuple[str, ...] = ()
    if organism is not None:
        other = table[columns[3]] != organism
        notes = rows_note(
            path, table.index[other], f"are not of organism '{organism}' and were left out"
        )
        table = table[~other]
    sets: dict[str, tuple[str, list[str]]] = {}
    sign = _separator(table[columns[2]])
    for term, description, members in table[columns[:3]].itertuples(index=False):
        sets.setdefault(term, (description, []))[1].extend(split_names(members, sign))
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
    """Read locations of the Human Protein Atlas: a term for each main and additional location.

    Releases differ in names and separators. Column names may have blanks (``Gene name``) or ``_``;
    without main locations, the columns named by reliabilities contain the locations of that rating;
    old ratings (``Validated``) are mapped to new ones.

    Args:
        path: ``subcellular_location.tsv`` with a header.
        id: Column of the protein: ``Gene_name`` or ``Gene`` (Ensembl).
        reliability: Keep the proteins with these reliabilities.
        identifiers: Maps names to current symbols.
        names: Policy for protein groups and contaminants.

    Raises:
        ConfigError: If a reliability is unknown.
        DataError: If a column is missing or no location is left.
    """
    sheet = open_sheet(path)
    line, cells = header_of(sheet)
    header = tuple(cell.replace(" ", "_") for cell in cells)
    rated = set(RELIABILITIES) <= set(header) and "Main_location" not in header
    if rated:
        wanted = ("Reliability", *RELIABILITIES)
    else:
        additional = "Other_location" if "Other_location" in header else "Additional_location"
        wanted = ("Reliability", "Main_location", additional)
    columns = [find_column(sheet, header, c) for c in (id.replace(" ", "_"), *wanted)]
    table = sheet.read(header, after=line, texts=columns)
    words = table["Reliability"].replace(FORMER_WORDS)
    chosen = columns[2:]
    if rated:
        chosen = [column for column in chosen if column in reliability]
        dropped = (table[chosen] == "").all(axis=1) | (table[columns[0]] == "")
    else:
        dropped = ~words.isin(list(reliability)) | (table[columns[0]] == "")
    if dropped.all():
        raise DataError(
            f"{path.name}: no protein is rated {listed(reliability)}; column Reliability holds "
            f"{listed(sorted(set(words)))}."
        )
    notes = rows_note(
        path,
        table.index[dropped],
        f"lack a name or are not rated {listed(reliability)}, and were left out",
    )
    kept = table[~dropped]
    sign = _separator(pd.Series(kept[chosen].to_numpy().ravel(), dtype=str))
    sets: dict[str, tuple[str, list[str]]] = {}
    for name, *places in kept[[columns[0], *chosen]].itertuples(index=False):
        for location in split_names(sign.join(places), sign):
            sets.setdefault(location, (location, []))[1].append(name)
    return terms_of(path, dict(sorted(sets.items())), identifiers, names, notes)


def _separator(cells: pd.Series[str]) -> str:
    """Return the separator of names in cells: a semicolon, or a comma without any."""
    return ";" if any(";" in cell for cell in cells) else ","


def split_names(cell: str, sign: str = ";") -> list[str]:
    """Split ``a;b;None`` into its names; CORUM writes ``None`` for unknown ones.

    Names separated by commas may be in brackets: ``(A,B)`` is either of both.
    """
    parts = (part.strip() if sign == ";" else part.strip(" ()") for part in cell.split(sign))
    return [name for name in parts if name not in ("", "None")]


def terms_of(
    path: Path,
    sets: Sets,
    identifiers: IdentifierMap | None,
    names: NamePolicy,
    notes: Iterable[str] = (),
) -> Reading:
    """Resolve the members of named sets; sets without members are left out, with a note.

    Raises:
        DataError: If no set has a member.
    """
    resolved = resolve(
        path.name, chain.from_iterable(m for _, m in sets.values()), names, identifiers
    )
    terms = {
        term: (description, {symbol for name in given for symbol in resolved.meaning[name]})
        for term, (description, given) in sets.items()
    }
    kept = {
        term: (description, members) for term, (description, members) in terms.items() if members
    }
    if not kept:
        raise DataError(f"{path.name}: no term with a protein.")
    notes = (*notes, *resolved.notes)
    if len(kept) < len(sets):
        empty = [term for term in sets if term not in kept]
        notes += (f"{path.name}: terms without proteins were left out: {listed(empty)}.",)
    return Reading(TermSet.from_sets(kept), resolved.table, notes)
