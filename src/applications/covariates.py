"""Covariates of proteins (citations, detection, degree), and matching by them.

Most properties of proteins are known for those that many people study, that are abundant or that
have many partners, and assemblies differ in these. A test of a property therefore compares proteins
with others that are alike in their covariates: in strata. Each test says which it used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..artifacts import ElutionProfiles, Network, TermSet
from ..errors import ConfigError, DataError
from ..eval.matched.strata import strata_of
from ..eval.terms.overlap import Index
from ..nodes.build import Config
from ..stages import DataSet
from .use import Use

COVARIATE_ORDER = (
    "compartment",
    "citations",
    "annotations",
    "degree",
    "abundance",
    "detection",
    "length",
)
"""Covariates by how much of a property they usually explain, the first ones matched first."""

DEFAULT_MATCHED = 3
"""Covariates that are matched where none are named; more would leave too few proteins alike."""


@dataclass(frozen=True)
class Covariates:
    """Covariates: properties of all proteins of a map other than the one that is tested.

    Attributes:
        table: One row per protein in the order of the map; columns of numbers (NaN: unknown) or of
            text ("": unknown).
        used: The columns that proteins are matched by.
    """

    table: pd.DataFrame
    used: tuple[str, ...]

    @classmethod
    def of(
        cls,
        use: Use,
        path: Path | None,
        match: Sequence[str] | None,
        own: pd.DataFrame | None = None,
    ) -> Covariates:
        """Gather covariates from a file, from the question's own data, and from the data set.

        Args:
            use: The map and its data set, which is read only if its covariates are asked for.
            path: ``protein name1 name2 ..``; None for no file.
            match: The columns to match by; None: those of the file and of the question, or where
                there are none, the first `DEFAULT_MATCHED` of `COVARIATE_ORDER` in the data set.
            own: What the question's own data say of the proteins, in the order of the map.

        Raises:
            ConfigError: If a column to match by is not there.
            DataError: If the file names no protein of the map, or says nothing of them.
        """
        proteins = list(use.hierarchy.proteins)
        table = pd.DataFrame(index=pd.Index(proteins, dtype=object))
        if path is not None:
            given = use.table(path).values
            use.places("covariates", list(given.index))
            table = table.join(_whole(given, proteins))
        if own is not None:
            table = table.assign(**{str(c): own[c].to_numpy() for c in own if c not in table})
        wanted = _names(table) if match is None else list(match)
        if not set(wanted) <= set(table) or (match is None and not wanted):
            measured = of_data(_data_of(use), use.data_node, proteins)
            table = table.join(measured.drop(columns=[c for c in measured if c in table]))
            wanted = usual(_names(table)) if match is None else wanted
        for name in wanted:
            if name not in table:
                raise ConfigError(
                    f"match: there is no covariate '{name}'; there are "
                    f"{', '.join(_names(table)) or 'none'}; give covariates=FILE."
                )
        covariates = cls(table, tuple(wanted))
        for name in wanted:
            if covariates.is_unknown(name).all():
                raise DataError(f"covariates: no protein of the map has a value of '{name}'.")
        return covariates

    @property
    def strata(self) -> Index:
        """``(N,)`` stratum of each protein of the map."""
        return self.strata_of(np.arange(len(self.table)))

    def strata_of(self, rows: Index) -> Index:
        """Return the strata of some proteins of the map, as if there were no others."""
        return strata_of(self.table[list(self.used)].iloc[rows])

    def is_unknown(self, name: str) -> NDArray[np.bool_]:
        """Return of which proteins a covariate is unknown."""
        column = self.table[name]
        return np.asarray(column.isna() | (column.astype(str) == ""), bool)

    def unknown(self, rows: Index) -> tuple[str, ...]:
        """Return a sentence on those among some proteins of which a covariate is unknown."""
        counts = {name: int(self.is_unknown(name)[rows].sum()) for name in self.used}
        counted = [f"{count:,} have no {name}" for name, count in counts.items() if count]
        return (f"{_listed(counted)}: they are compared with each other.",) if counted else ()

    def words(self) -> str:
        """Return what proteins are matched by, in words."""
        if not self.used:
            why = "match=[]" if len(self.table.columns) else "no covariate: give covariates=FILE"
            return f"any other protein of the map ({why})"
        return f"proteins alike in {_listed(self.used)}"


def _data_of(use: Use) -> DataSet:
    """Return the data set; where it cannot be read, say how to do without."""
    try:
        return use.data
    except DataError as error:
        raise DataError(f"{error} Or give covariates=FILE, or match=[].") from error


def usual(names: Sequence[str]) -> list[str]:
    """Return the covariates that are matched where none are named, the weightiest first."""
    rank = {name: k for k, name in enumerate(COVARIATE_ORDER)}
    return sorted(names, key=lambda name: rank.get(name, -1))[:DEFAULT_MATCHED]


def of_data(data: DataSet, node: Config, proteins: list[str]) -> pd.DataFrame:
    """Return the covariates that a data set knows, one row per protein.

    ``degree``: partners in its networks; ``detection`` and ``abundance``: fractions of elution
    profiles in which a protein was found, and its amount in all of them; ``annotations``: terms of
    its references; ``compartment``: the most common of a protein's Human Protein Atlas locations.
    A column is there where the data set has its values; 0 where a protein is not in it.

    Args:
        data: The data set.
        node: Its config, whose references of kind ``hpa`` are locations.
        proteins: In the order of the rows.
    """
    columns = pd.DataFrame(index=proteins)
    for name, counts in _counts(data):
        column = counts.reindex(proteins).fillna(0.0).to_numpy(float)
        columns[name] = columns[name] + column if name in columns else column
    kinds = {name: part.get("kind") for name, part in (node.get("references") or {}).items()}
    for name, part in data.references.items():
        if isinstance(part.measurement, TermSet) and kinds.get(name) == "hpa":
            columns["compartment"] = _commonest(part.measurement).reindex(proteins).fillna("")
    return columns


def _counts(data: DataSet) -> Iterator[tuple[str, pd.Series[float]]]:
    for part in data.parts().values():
        measured = part.measurement
        if isinstance(measured, Network):
            degrees = np.bincount(measured.edges.ravel(), minlength=len(measured.proteins))
            yield "degree", _series(degrees, measured.proteins)
        elif isinstance(measured, ElutionProfiles):
            amounts = np.nan_to_num(measured.amounts)
            yield "detection", _series((amounts > 0).sum(axis=(0, 2)), measured.proteins)
            yield "abundance", _series(amounts.sum(axis=(0, 2)), measured.proteins)
        elif isinstance(measured, TermSet):
            yield "annotations", _series(measured.members.sum(axis=0), measured.proteins)


def _series(values: object, proteins: Sequence[str]) -> pd.Series[float]:
    return pd.Series(np.asarray(values, float), index=list(proteins))


def _commonest(locations: TermSet) -> pd.Series[str]:
    """Return for each protein the term that holds most proteins among its own."""
    sizes = np.diff(locations.members.indptr)
    order = np.argsort(sizes, kind="stable")
    by_protein: dict[str, str] = {}
    for row in order:
        inside = locations.members.indices[slice(*locations.members.indptr[row : row + 2])]
        by_protein |= {locations.proteins[k]: locations.terms[row] for k in inside}
    return pd.Series(by_protein, dtype=object)


def _whole(given: pd.DataFrame, proteins: list[str]) -> pd.DataFrame:
    """Return a file's columns for all proteins, text "" where it does not name one."""
    whole = given.reindex(proteins)
    texts = list(whole.select_dtypes(object).columns)
    whole[texts] = whole[texts].fillna("")
    return whole


def _names(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in table]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]
