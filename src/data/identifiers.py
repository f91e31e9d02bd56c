"""Identifier mapping: protein names and accessions to current HGNC gene symbols."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..artifacts import IDENTIFIER_COLUMNS
from ..errors import DataError
from .names import NamePolicy
from .sheets import find_column, header_of, open_sheet
from .textfiles import listed

UNIPROT = re.compile(
    r"([OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9](?:[A-Z][A-Z0-9]{2}[0-9]){1,2})-[0-9]+"
)
"""A UniProt accession with the number of an isoform (https://www.uniprot.org/help/accession_numbers)."""
ENSEMBL = re.compile(r"(ENSG[0-9]{11})\.[0-9]+(?:_PAR_Y)?")
"""An Ensembl gene with the version of its model."""


@dataclass(frozen=True)
class IdentifierMap:
    """Maps known names to current symbols.

    A name is looked up in this order, and the first match counts: current symbols; accessions
    (Entrez, Ensembl, HGNC, UniProt of the symbol table, then UniProt and Ensembl of the accession
    table); previous symbols; alias symbols. Names are case-sensitive: ``Actb`` is a mouse gene.

    Attributes:
        current: The current symbols.
        accessions: Accession -> symbol; "" if it belongs to several.
        former: Previous or alias symbol -> current symbol; "" if it belongs to several.
    """

    current: frozenset[str]
    accessions: Mapping[str, str]
    former: Mapping[str, str]

    @classmethod
    def read(cls, symbols: Path, uniprot: Path | None = None) -> IdentifierMap:
        """Read the HGNC table and, for further accessions, a UniProt -> Ensembl -> HGNC table.

        Args:
            symbols: Columns ``symbol prev_symbol alias_symbol entrez_id ensembl_gene_id hgnc_id
                uniprot_ids``; several entries of a cell are separated by ``|``.
            uniprot: Columns ``uniprot ensembl_gene hgnc_symbol``.

        Raises:
            DataError: If a file cannot be read or lacks a column.
        """
        columns = ("prev_symbol", "alias_symbol", "entrez_id", "ensembl_gene_id", "hgnc_id")
        hgnc = _columns(symbols, ("symbol", *columns, "uniprot_ids"))
        current = hgnc["symbol"]
        accessions = _first_wins(
            [
                _meanings(zip(hgnc[column], current, strict=True))
                for column in ("entrez_id", "ensembl_gene_id", "hgnc_id", "uniprot_ids")
            ]
        )
        former = _first_wins([_meanings(zip(hgnc[c], current, strict=True)) for c in columns[:2]])
        mapping = cls(frozenset(current), accessions, former)
        return mapping if uniprot is None else mapping._with_accessions(uniprot)

    def _with_accessions(self, uniprot: Path) -> IdentifierMap:
        table = _columns(uniprot, ("uniprot", "ensembl_gene", "hgnc_symbol"))
        symbols = self.translate(table["hgnc_symbol"].tolist())[0]
        more = [
            _meanings((given, symbol) for given, symbol in zip(table[c], symbols, strict=True))
            for c in ("uniprot", "ensembl_gene")
        ]
        return IdentifierMap(self.current, _first_wins([dict(self.accessions), *more]), self.former)

    def translate(self, names: Sequence[str]) -> tuple[list[str], pd.DataFrame]:
        """Map every name to its current symbol; one with none, or several, is kept.

        Returns:
            One symbol per name, and a table: a row for each distinct name that is not its own
            current symbol, sorted by name, with columns ``given``, ``symbol`` ("" if none) and
            ``status``: ``updated`` (a previous or alias symbol), ``translated`` (an accession),
            ``ambiguous`` (of several) or ``unknown``.
        """
        distinct = sorted(set(names) - self.current)
        resolved = [self._look_up(name) for name in distinct]
        table = pd.DataFrame(
            [(name, *entry) for name, entry in zip(distinct, resolved, strict=True)],
            columns=list(IDENTIFIER_COLUMNS),
        )
        meaning = {
            name: symbol or name for name, (symbol, _) in zip(distinct, resolved, strict=True)
        }
        return [meaning.get(name, name) for name in names], table

    def _look_up(self, name: str) -> tuple[str, str]:
        for known, status in ((self.accessions, "translated"), (self.former, "updated")):
            for form in (name, _without_version(name)):
                if form in known:
                    symbol = known[form]
                    return (symbol, status) if symbol else ("", "ambiguous")
        return "", "unknown"


@dataclass(frozen=True)
class Resolved:
    """Resolved names of one part of a data set.

    Attributes:
        meaning: Name as given -> symbols; none if it is left out, several if it is split.
        table: The names that were changed or ambiguous, see `Reading`.
        notes: Messages for the log.
    """

    meaning: Mapping[str, tuple[str, ...]]
    table: pd.DataFrame
    notes: tuple[str, ...]

    def spread(self, given: Sequence[str]) -> tuple[Sequence[int], list[str]]:
        """Return the symbols of all names, each with the position of its name."""
        if self._single():
            return range(len(given)), [self.meaning[name][0] for name in given]
        pairs = [(k, s) for k, name in enumerate(given) for s in self.meaning[name]]
        return [k for k, _ in pairs], [symbol for _, symbol in pairs]

    def spread_pairs(
        self, first: Sequence[str], second: Sequence[str]
    ) -> tuple[Sequence[int], list[str], list[str]]:
        """Return the pairs of symbols of all pairs of names, each with its position."""
        if self._single():
            rows = range(len(first))
            return rows, self.spread(first)[1], self.spread(second)[1]
        places = [
            (k, a, b)
            for k, (one, other) in enumerate(zip(first, second, strict=True))
            for a in self.meaning[one]
            for b in self.meaning[other]
        ]
        return [k for k, _, _ in places], [a for _, a, _ in places], [b for _, _, b in places]

    def _single(self) -> bool:
        return all(len(meant) == 1 for meant in self.meaning.values())


def resolve(
    where: str, given: Iterable[str], names: NamePolicy, identifiers: IdentifierMap | None
) -> Resolved:
    """Resolve names: first by the policy, then by the table of symbols."""
    account = names.account(given)
    plain = sorted({name for meant in account.meaning.values() for name in meant})
    symbols, table = translate(plain, identifiers)
    current = dict(zip(plain, symbols, strict=True))
    meaning = {
        name: tuple(dict.fromkeys(current[one] for one in meant))
        for name, meant in account.meaning.items()
    }
    if account.status:
        rows = [(name, ";".join(meaning[name]), account.status[name]) for name in account.status]
        changed = pd.DataFrame(sorted(rows), columns=list(IDENTIFIER_COLUMNS))
        table = pd.concat([changed, table], ignore_index=True) if len(table) else changed
    pairs = [(name, symbol) for name, meant in meaning.items() for symbol in meant]
    merged = merged_note(where, [name for name, _ in pairs], [symbol for _, symbol in pairs])
    return Resolved(meaning, table, (*account.notes(where), *_case_note(where, symbols), *merged))


def _case_note(where: str, symbols: Iterable[str]) -> tuple[str, ...]:
    """Return a note on symbols that differ in case alone."""
    alike: dict[str, set[str]] = {}
    for symbol in symbols:
        alike.setdefault(symbol.casefold(), set()).add(symbol)
    several = sorted(sorted(names) for names in alike.values() if len(names) > 1)
    if not several:
        return ()
    return (
        f"{where}: {len(several)} names occur in small and large letters and count as different "
        f"proteins, e.g. {listed(several[0])}.",
    )


def translate(
    names: Sequence[str], identifiers: IdentifierMap | None
) -> tuple[list[str], pd.DataFrame]:
    """Map names, or return them unchanged without an identifier map."""
    if identifiers is None:
        return list(names), pd.DataFrame(columns=list(IDENTIFIER_COLUMNS))
    return identifiers.translate(names)


def merged_note(where: str, given: Iterable[str], symbols: Iterable[str]) -> tuple[str, ...]:
    """Return a note on given names that were merged into one symbol, if any."""
    names: dict[str, set[str]] = {}
    for name, symbol in set(zip(given, symbols, strict=True)):
        names.setdefault(symbol, set()).add(name)
    shared = {symbol: sorted(names[symbol]) for symbol in sorted(names) if len(names[symbol]) > 1}
    if not shared:
        return ()
    first, same = next(iter(shared.items()))
    count = sum(map(len, shared.values()))
    return (
        f"{where}: {count} names were merged into {len(shared)} symbols, e.g. "
        f"{listed(same)} into '{first}'.",
    )


def _without_version(name: str) -> str:
    for pattern in (UNIPROT, ENSEMBL):
        match = pattern.fullmatch(name)
        if match:
            return match[1]
    return name


def _columns(path: Path, wanted: Sequence[str]) -> pd.DataFrame:
    sheet = open_sheet(path)
    line, header = header_of(sheet)
    texts = [find_column(sheet, header, name) for name in wanted]
    table = sheet.read(header, after=line, texts=texts)
    if table.empty:
        raise DataError(f"{path.name}: holds a header and no identifier.")
    return table


def _meanings(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return name -> symbol, "" for a name of several symbols; ``a|b`` are two names."""
    meaning: dict[str, str] = {}
    for names, symbol in pairs:
        for name in filter(None, names.split("|")) if symbol else ():
            meaning[name] = symbol if meaning.get(name, symbol) == symbol else ""
    return meaning


def _first_wins(levels: Sequence[Mapping[str, str]]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for level in reversed(levels):
        merged |= level
    return merged
