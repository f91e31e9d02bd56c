"""Enrichment of a property of proteins in assemblies: condensates, disease genes, essentiality.

Proteins with the property, or of high score, are compared with proteins that are alike in their
covariates: by the exact conditional test where a protein has the property or not, by ranks within
strata where it has a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from ..artifacts import Card, Findings, Hierarchy
from ..errors import ConfigError, DataError, SettingError
from ..eval.matched.conditional import CountTest
from ..eval.matched.hierarchical import Lineage, beyond_children
from ..eval.matched.ranks import RankTest
from ..eval.matched.sets import SetTest, inside_of
from ..eval.nulls import Nulls
from ..eval.terms.enrichment import benjamini_hochberg
from ..eval.terms.overlap import Index, Values, assemblies_of
from .covariates import Covariates
from .use import Use, chosen_settings

LISTS = ("explained_by", "proteins")
"""Columns that hold several names, separated by blanks."""

EXPLAINED = (
    "explained_by: significant sub-assemblies of an assembly; its p and fdr are of the other "
    "members alone, so that a large p means that the sub-assemblies explain its enrichment."
)
"""What the column means, for readers of the terminal and the report."""


@dataclass(frozen=True)
class Options:
    """How a property is read and tested; the verb's own settings, see ``conf/property.yaml``."""

    columns: Sequence[str] | None
    where: Mapping[str, str] | None
    min_value: float | None
    absent: str | None
    lowest: bool
    match: Sequence[str] | None
    min_size: int
    max_size: int | None
    fdr: float
    permutations: int
    nulls: int


@dataclass(frozen=True)
class Property:
    """A property of the proteins of a map.

    Attributes:
        values: ``(N,)`` of each protein of the map; NaN where it is unknown.
        is_binary: Whether the values are 0 and 1: a protein has the property or not.
        named: A sentence on how many proteins of the file are in the map.
    """

    values: Values
    is_binary: bool
    named: str = ""

    @classmethod
    def of(cls, use: Use, path: Path, options: Options) -> Property:
        """Read a property of a map's proteins.

        Raises:
            DataError: If the file is no list of proteins or values, none of them is in the map, or
                all proteins, or none, have the property.
        """
        table = use.table(
            path,
            columns=options.columns,
            where=options.where,
            repeats="mean" if options.min_value is None else "max",
        ).values
        if table.shape[1] > 1:
            others = ", ".join(map(str, table))
            raise DataError(
                f"property: {path.name} has columns {others} beside that of the proteins; name it "
                "and, if one counts, that of the value: columns=[PROTEIN,VALUE]."
            )
        places = use.places("property", list(table.index))
        known = _numbers(path, table)
        is_list = known is None or (known[np.isfinite(known)] == 1).all()
        given = np.ones(len(table)) if known is None else known
        if options.min_value is not None:
            given = np.where(np.isnan(given), np.nan, given >= options.min_value).astype(float)
        is_binary = bool(np.isin(given[np.isfinite(given)], (0, 1)).all())
        without = is_binary and (is_list or options.min_value is not None)
        absent = options.absent or ("without" if without else "unknown")
        values = np.full(len(use.hierarchy.proteins), 0.0 if absent == "without" else np.nan)
        values[places[places >= 0]] = given[places >= 0]
        here = int((places >= 0).sum())
        named = f"{here:,} of {len(places):,} proteins that {path.name} names are in the map."
        prop = cls(values if is_binary or not options.lowest else -values, is_binary, named)
        prop._check()
        return prop

    @property
    def known(self) -> Index:
        """Positions of the proteins of which it is known."""
        return np.flatnonzero(np.isfinite(self.values))

    def _check(self) -> None:
        known = self.values[self.known]
        if len(np.unique(known)) > 1:
            return
        if not self.is_binary:
            reason = f"all {len(known):,} proteins of the map that have a value have the same"
        else:
            reason = "every" if known.any() else "no"
            reason += f" protein of the map of which it is known ({len(known):,}) has the property"
        raise DataError(f"property: {reason}, so there is nothing to compare.")


def find_property(use: Use) -> Findings:
    """Test every assembly for a property of proteins; remembered in the store.

    Raises:
        ConfigError: If a covariate is not there.
        DataError: If a file does not fit the map, or there is nothing to compare.
    """
    options = chosen_settings(Options, use.settings)
    path = use.file("property")
    if path is None:
        raise ConfigError("property must be given: property=FILE, or preset=NAME.")
    if options.max_size is not None and options.max_size < options.min_size:
        raise SettingError(
            "max_size", f"must be at least min_size, {options.min_size}, got {options.max_size}."
        )
    prop = Property.of(use, path, options)
    alike = Covariates.of(use, use.file("covariates"), options.match)
    title = f"Concentrated in assemblies: {use.settings['name'] or path.name.partition('.')[0]}"
    test = PropertyTest.of(use.hierarchy, prop, alike, options, use.seed)
    return use.remembered(
        "property",
        [__name__],
        lambda: test.findings(title),
        config=[vars(options), title, test.notes],
        values=[test.values, test.strata],
    )


@dataclass(frozen=True)
class PropertyTest:
    """The assemblies of a map, and a property of proteins that they are tested for.

    Attributes:
        hierarchy: The map.
        rows: ``(A,)`` its assemblies with enough members of which the property is known.
        members: ``(A, n)`` these x proteins of which it is known.
        proteins: ``n`` names of these.
        values: ``(n,)`` the property.
        is_binary: Whether it is 0 or 1.
        strata: ``(n,)`` stratum of each protein.
        notes: What is compared with what.
        options: The settings.
        seed: Of permutations.
    """

    hierarchy: Hierarchy
    rows: Index
    members: sparse.csr_array
    proteins: tuple[str, ...]
    values: Values
    is_binary: bool
    strata: Index
    notes: tuple[str, ...]
    options: Options
    seed: int

    @classmethod
    def of(
        cls, hierarchy: Hierarchy, prop: Property, alike: Covariates, options: Options, seed: int
    ) -> PropertyTest:
        """Choose the assemblies, and put proteins into strata.

        Raises:
            DataError: If no assembly has enough tested members, or no stratum has proteins to
                compare.
        """
        known = prop.known
        members = sparse.csr_array(hierarchy.membership[:, known] > 0)
        rows, most = assemblies_of(hierarchy), options.max_size or len(known)
        sizes = np.diff(members.indptr)[rows]
        rows = rows[(sizes >= options.min_size) & (sizes <= most)]
        if not len(rows):
            raise DataError(
                f"property: no assembly has {options.min_size} to {most:,} members of which it is "
                "known; lower min_size, or give a property of more proteins."
            )
        values, strata = prop.values[known], alike.strata_of(known)
        kind = f"{int(values.sum()):,} have it" if prop.is_binary else "each has a value"
        groups = f", in {strata.max() + 1:,} groups" if alike.used else ""
        compared = (
            f"{prop.named} Of {len(values):,} proteins {kind}. Each is compared with "
            f"{alike.words()}{groups}."
        ).lstrip()
        notes = (
            compared,
            *alike.unknown(known),
            *_without_controls(values, prop.is_binary, strata, alike),
        )
        chosen = sparse.csr_array(members[rows])
        names = tuple(hierarchy.proteins[k] for k in known)
        return cls(
            hierarchy, rows, chosen, names, values, prop.is_binary, strata, notes, options, seed
        )

    def findings(self, title: str) -> Findings:
        """Return the table of assemblies, the surest first, metrics with their nulls, and cards."""
        table = self.table()
        metrics = self.metrics(table)
        passed = (
            f"{metrics['significant']:.0f} of {len(table):,} assemblies at a false discovery rate "
            f"of {self.options.fdr:g}"
        )
        if "significant.null_mean" in metrics:
            passed += (
                "; with the property permuted among like proteins, "
                f"{metrics['significant.null_mean']:.2f} on average"
            )
        passed += (
            "; compared with any other protein of the map, as is usually done, "
            f"{metrics['significant_unmatched']:.0f}."
        )
        notes = (*self.notes, passed, *([EXPLAINED] if (table["explained_by"] != "").any() else []))
        return Findings(title, {"property": table}, metrics, notes, _cards(table))

    @cached_property
    def matched(self) -> SetTest:
        """The test against proteins of the same stratum."""
        return self._test(self.strata)

    @cached_property
    def unmatched(self) -> SetTest:
        """The test against any other protein."""
        return self._test(np.zeros_like(self.strata))

    @cached_property
    def lineage(self) -> Lineage:
        """Which of the tested assemblies are inside which."""
        return Lineage.of(self.hierarchy, self.rows)

    def table(self) -> pd.DataFrame:
        """Return one row per assembly: see the columns in ``docs/uses.md``."""
        whole = self.matched.p_values()
        unmatched = self.unmatched.p_values()
        p, explained = self._beyond_children(whole)
        names = np.array(self.hierarchy.names, object)[self.rows]
        described = self.matched.described()
        first = [described.pop(name) for name in ("with_property", "expected", "odds_ratio")]
        columns: dict[str, object] = {"assembly": names, "members": np.diff(self.members.indptr)}
        columns |= dict(zip(("with_property", "expected", "odds_ratio"), first, strict=True))
        columns |= {"p": p, "fdr": benjamini_hochberg(p)}
        columns["explained_by"] = [" ".join(names[below]) for below in explained]
        columns |= described
        columns |= {"p_alone": whole, "fdr_alone": benjamini_hochberg(whole)}
        columns |= {"p_unmatched": unmatched, "fdr_unmatched": benjamini_hochberg(unmatched)}
        if self.is_binary:
            columns["proteins"] = self._carriers()
        return pd.DataFrame(columns).iloc[np.lexsort((whole, p))].reset_index(drop=True)

    def metrics(self, table: pd.DataFrame) -> dict[str, float]:
        """Return how many assemblies pass, and how many with the property permuted.

        The property is permuted among like proteins. ``significant`` counts as the table does,
        ``significant_alone`` whole assemblies, ``significant_unmatched`` these against any other
        protein, as published; ``below_01``, ``below_01_unmatched``: their p values below .01. Each
        has its nulls, see `Nulls`. ``null_p_below_05`` is the share of matched p values up to .05
        on permuted properties: at most .05 where the test is calibrated.
        """
        nulls, seed = self.options.nulls, self.seed + 1
        matched = self.matched.null_p(self.strata, nulls, seed)
        unmatched = self.unmatched.null_p(self.strata, nulls, seed)
        metrics: dict[str, float] = {
            "significant": self._passing(table["p"].to_numpy()),
            **self._counted(table["p_alone"].to_numpy(), table["p_unmatched"].to_numpy()),
        }
        if not nulls:
            return {"assemblies": len(table)} | metrics
        drawn = [
            {"significant": self._passing(self._beyond_children(one)[0])} | self._counted(one, free)
            for one, free in zip(matched, unmatched, strict=True)
        ]
        null = Nulls({name: np.array([draw[name] for draw in drawn]) for name in metrics})
        metrics |= {"null_p_below_05": float((matched <= 0.05).mean())}
        return {"assemblies": len(table)} | metrics | null.statistics(metrics)

    def _counted(self, alone: Values, unmatched: Values) -> dict[str, float]:
        return {
            "significant_alone": self._passing(alone),
            "below_01": int((alone < 0.01).sum()),
            "significant_unmatched": self._passing(unmatched),
            "below_01_unmatched": int((unmatched < 0.01).sum()),
        }

    def _carriers(self) -> list[str]:
        """Return the members of each assembly that have the property, separated by blanks."""
        names = np.array(self.proteins, object)
        rows = (inside_of(self.members, k) for k in range(len(self.rows)))
        return [" ".join(sorted(names[inside[self.values[inside] > 0]])) for inside in rows]

    def _test(self, strata: Index) -> SetTest:
        if self.is_binary:
            return CountTest(self.members, self.values > 0, strata)
        return RankTest(self.members, self.values, strata, self.options.permutations, self.seed)

    def _beyond_children(self, p: Values) -> tuple[Values, list[list[int]]]:
        return beyond_children(self.lineage, self.members, p, self.matched.rest, self.options.fdr)

    def _passing(self, p: Values) -> int:
        return int((benjamini_hochberg(p) <= self.options.fdr).sum())


def _numbers(path: Path, table: pd.DataFrame) -> Values | None:
    """Return the values of a table, NaN where blank; None where it is a list.

    Raises:
        DataError: If they are no numbers.
    """
    if not table.shape[1]:
        return None
    column = table.iloc[:, 0]
    if not pd.api.types.is_numeric_dtype(column):
        raise DataError(
            f"property: {path.name}: column '{column.name}' holds text such as '{column.iloc[0]}'; "
            "a value is a number. For rows of one kind alone, name the proteins' column and the "
            "kind: columns=[PROTEIN] 'where={COLUMN: KIND}'."
        )
    return column.to_numpy(float)


def _without_controls(
    values: Values, is_binary: bool, strata: Index, alike: Covariates
) -> tuple[str, ...]:
    """Return a sentence on proteins in strata where all are the same, if there are any.

    Raises:
        DataError: If that is so in every stratum.
    """
    same = pd.Series(values).groupby(strata).transform("nunique").to_numpy() < 2
    if same.all():
        raise DataError(
            f"match: proteins alike in {', '.join(alike.used)} are all alike in the property too, "
            f"in each of {strata.max() + 1:,} groups, so there are no controls; match by fewer or "
            "coarser covariates."
        )
    lost = same & (values > 0) if is_binary else same
    if not lost.any():
        return ()
    return (
        f"{lost.sum():,} proteins have no controls: all that are alike have the property too, or "
        "there are none. They count for nothing.",
    )


def _cards(table: pd.DataFrame) -> dict[str, Card]:
    """Return what the card of each assembly says: its row, lists of names as such."""
    rows = [
        {str(key): value.split() if key in LISTS else value for key, value in row.items()}
        for row in table.to_dict("records")
    ]
    return {str(row["assembly"]): row for row in rows}
