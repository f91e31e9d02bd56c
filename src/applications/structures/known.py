"""Protein pairs with a structure in the PDB: by name, by gene family, and by date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path

import pandas as pd

from ...data.identifiers import IdentifierMap
from ...data.sheets import header_of, open_sheet
from ...errors import ConfigError, DataError

PAIR_COLUMNS = (("protein_a", "protein_b"), ("gene_a", "gene_b"), ("uniprot_a", "uniprot_b"))
"""Columns that name both proteins of a pair."""

SIFTS = ("PDB", "SP_PRIMARY")
"""Columns of SIFTS's ``pdb_chain_uniprot``, in which an entry's proteins are a pair each."""

MOST_OF_ENTRY = 30
"""Entries of more proteins, ribosomes and the like, make no pairs: most of theirs do not touch."""

FAMILY = re.compile(r"^([A-Z]{3,}?)\d+[A-Z]?\d*$")

DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")

Pair = tuple[str, str]


def ordered(a: str, b: str) -> Pair:
    """Return a pair as its two names in order."""
    return (a, b) if a <= b else (b, a)


def check_cutoff(date: str | None) -> None:
    """Refuse a day that is not written as dates of a table are.

    Raises:
        ConfigError: If it is not YYYY-MM-DD.
    """
    if date is not None and not DATE.fullmatch(date):
        raise ConfigError(f"pdb_cutoff must be a day, YYYY-MM-DD, got '{date}'.")


def family(symbol: str) -> str:
    """Return the stem that the symbols of a gene family share.

    >>> family("LAMTOR2"), family("GNB2"), family("TP53"), family("RAN")
    ('LAMTOR', 'GNB', 'TP53', 'RAN')
    """
    match = FAMILY.match(symbol)
    return match[1] if match else symbol


@dataclass(frozen=True)
class KnownPairs:
    """Pairs with a structure.

    Attributes:
        since: Pair -> the first date, ISO; "" where the table has none.
    """

    since: Mapping[Pair, str]

    @classmethod
    def read(cls, path: Path, identifiers: IdentifierMap | None) -> KnownPairs:
        """Read a table of pairs, or SIFTS's list of the chains of each entry.

        Args:
            path: Columns ``gene_a gene_b`` (or ``protein_``, ``uniprot_``) and, if it has one,
                ``date``; or ``PDB .. SP_PRIMARY``.
            identifiers: Brings names to current symbols.

        Raises:
            DataError: If it has neither, or a date is none.
        """
        sheet = open_sheet(path)
        line, columns = header_of(sheet)
        pair = next((names for names in PAIR_COLUMNS if set(names) <= set(columns)), None)
        if pair is None and not set(SIFTS) <= set(columns):
            raise DataError(
                f"pdb: {path.name} needs columns gene_a and gene_b (or protein_a, protein_b), or "
                f"those of SIFTS, PDB and SP_PRIMARY; it has {', '.join(columns[:8])}."
            )
        dated = ["date"] if "date" in columns else []
        names = list(pair or SIFTS)
        table = sheet.read(columns, after=line, texts=[*names, *dated])
        for row, date in table["date"].items() if dated else ():
            if date and not DATE.fullmatch(date):
                raise DataError(f"{sheet.where(int(str(row)))}: date '{date}' is not YYYY-MM-DD.")
        for name in names if pair else names[1:]:
            values = table[name].tolist()
            table[name] = identifiers.translate(values)[0] if identifiers else values
        rows = table[names].assign(date=table["date"] if dated else "")
        return cls(_earliest(rows.itertuples(index=False) if pair else _of_entries(rows)))

    def novelty(self, a: str, b: str) -> float:
        """Return 0 if the pair has a structure, .5 if one of both families has, else 1."""
        if ordered(a, b) in self.since:
            return 0.0
        return 0.5 if ordered(family(a), family(b)) in self.families else 1.0

    @cached_property
    def families(self) -> frozenset[Pair]:
        """Pairs of gene families of which some pair has a structure."""
        return frozenset(ordered(family(a), family(b)) for a, b in self.since)

    def evidence_for(self, a: str, b: str, cutoff: str | None) -> str:
        """Return in words whether the PDB has a pair, and had it before a predictor's cut-off."""
        date = self.since.get(ordered(a, b))
        if date is None:
            return "family" if self.novelty(a, b) < 1 else "new"
        if not date or cutoff is None:
            return "in PDB"
        return f"in PDB {'before' if date < cutoff else 'after'} the cut-off"


def _of_entries(rows: pd.DataFrame) -> Iterable[tuple[str, str, str]]:
    for _, entry in rows.groupby(SIFTS[0], sort=False):
        proteins = sorted(set(entry[SIFTS[1]]))
        if len(proteins) <= MOST_OF_ENTRY:
            date = str(entry["date"].iloc[0])
            yield from ((a, b, date) for a, b in combinations(proteins, 2))


def _earliest(rows: Iterable[tuple[str, str, str]]) -> dict[Pair, str]:
    earliest: dict[Pair, str] = {}
    for a, b, date in rows:
        pair = ordered(a, b)
        known = earliest.get(pair)
        earliest[pair] = date if known is None else min(filter(None, (known, date)), default="")
    return earliest
