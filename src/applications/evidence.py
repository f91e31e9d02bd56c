"""Matched test of the similarity of an assembly's members in an independent data matrix.

Perturb-seq, co-essentiality, morphology, co-expression, elution: any matrix of proteins by
features. The assembly is the unit: its mean similarity is compared with that of assemblies of like
proteins in its members' places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..artifacts import Card, ElutionProfiles, Embedding, Findings, Hierarchy, TermSet
from ..errors import DataError
from ..eval.coelution.similarity import elution_similarity
from ..eval.matched.assemblies import MatchedAssemblies
from ..eval.matched.profiles import Profiles, matrix_similarity
from ..eval.matched.rank_sum import RankSum
from ..eval.matched.strata import strata_of
from ..eval.matched.unexpected import Matched, UnexpectedMembers, matched_assemblies
from ..eval.nulls import Metrics
from ..eval.scoring import Task
from ..eval.terms.overlap import Index
from ..eval.terms.scores import TermScoring
from ..stages import DataPart
from ..stages.dataset import log_notes
from ..stages.reading import read_part
from .covariates import Covariates
from .use import Use, chosen_settings

NULL_MAPS = 20
"""Maps of permuted labels that the tests of pairs and of single members are run on."""

MIN_STRATUM = 30
"""Proteins of a stratum, where there are so many: an assembly must find others in its strata."""

QUANTILES = 20
"""Quantiles of each covariate, as far as they leave so many proteins in a stratum."""

EFFECT = "effect_size"
"""Length of a protein's profile: how strong its perturbation is, or how much of it there is."""


@dataclass(frozen=True)
class Options:
    """How a matrix is read and tested; the verb's own settings, see ``conf/evidence.yaml``."""

    kind: str
    id: str | Sequence[str] | None
    columns: str | Sequence[str] | None
    scale: str
    remove_axes: int
    match: Sequence[str] | None
    min_measured: int
    fdr: float
    permutations: int
    nulls: int


def find_evidence(use: Use) -> Findings:
    """Test every assembly for similarity of its members' profiles; remembered in the store.

    Raises:
        ConfigError: If a covariate is not there.
        DataError: If the matrix does not fit the map, or no assembly has enough measured members.
    """
    options = chosen_settings(Options, use.settings)
    part = _read(use, options)
    measured = part.measurement
    if not isinstance(measured, Embedding | ElutionProfiles):
        raise DataError(f"matrix: holds no profiles but a {type(measured).__name__}.")
    places = use.places("matrix", measured.proteins)
    _check_measured(use.hierarchy, places, options)
    alike = None
    if isinstance(measured, Embedding):
        own = _effect(measured, places, len(use.hierarchy.proteins))
        alike = Covariates.of(use, use.file("covariates"), options.match, own)
    name = use.settings["name"] or use.needed("matrix").name.partition(".")[0]
    matched = known_members(use)

    here = int((places >= 0).sum())
    named = f"{here:,} of {len(places):,} proteins of {use.needed('matrix').name} are in the map."

    def compute() -> Findings:
        profiles = _similarity(measured, places, alike, options)
        words = alike.words() if alike else "proteins alike in detection and amount"
        test = EvidenceTest(use.hierarchy, profiles, matched, words, named, options, use.seed)
        return test.findings(f"Alike in another experiment: {name}")

    return use.remembered(
        "evidence",
        [__name__],
        compute,
        config=[vars(options), name, alike.used if alike else (), _described(matched)],
        inputs=[part.key],
        values=[alike.strata] if alike else [],
    )


@dataclass(frozen=True)
class EvidenceTest:
    """A map and profiles of its proteins.

    Attributes:
        hierarchy: The map.
        profiles: How alike proteins are, and which are like ones.
        matched: The terms that assemblies match, by assembly.
        matched_by: What proteins are matched by, in words.
        named: A sentence on how many proteins of the matrix are in the map.
        options: The settings.
        seed: Of permutations.
    """

    hierarchy: Hierarchy
    profiles: Profiles
    matched: Mapping[str, Matched]
    matched_by: str
    named: str
    options: Options
    seed: int

    def findings(self, title: str) -> Findings:
        """Return both tests of each assembly, unexpected members, metrics with nulls, and cards.

        Metrics: ``tested``; ``significant`` by matched permutation and ``validated`` by the
        published rank-sum test, both with their nulls; those of `UnexpectedMembers`.
        """
        matched = MatchedAssemblies.of(
            self.hierarchy,
            self.profiles,
            least=self.options.min_measured,
            permutations=self.options.permutations,
            null_maps=self.options.nulls,
            seed=[self.seed, 2],
        )
        rank_sum = RankSum.of(self.hierarchy, self.profiles, self.options.min_measured)
        published = rank_sum.table(self.options.fdr)
        metrics: Metrics = {"tested": len(matched.p)} | matched.metrics(self.options.fdr)
        validated: Metrics = {"validated": int(published["validated"].sum())}
        nulls = rank_sum.by_chance(self.options.fdr, NULL_MAPS, [self.seed, 1])
        metrics |= validated | nulls.statistics(validated)
        table = self._table(matched, published)
        tables, members = {"evidence": table}, pd.DataFrame(columns=["assembly", "supported"])
        if self.matched:
            unexpected = self._unexpected()
            members = unexpected.table(self.options.fdr)
            metrics |= unexpected.metrics(self.options.fdr)
            tables["unexpected"] = members
        return Findings(title, tables, metrics, self._notes(metrics), _cards(table, members))

    def _table(self, matched: MatchedAssemblies, published: pd.DataFrame) -> pd.DataFrame:
        columns = {"auroc": "auroc", "p": "rank_sum_p", "fdr": "rank_sum_fdr"}
        others = published[["assembly", *columns]].rename(columns=columns)
        table = matched.table(self.hierarchy, self.options.fdr)
        order = ["assembly", "measured", "statistic", "p", "fdr", "by_chance", "significant"]
        table = table[order].merge(others, on="assembly", how="left")
        above = table["by_chance"] - table["statistic"]
        return table.iloc[np.lexsort((above, table["p"]))].reset_index(drop=True)

    def _unexpected(self) -> UnexpectedMembers:
        return UnexpectedMembers.of(
            self.hierarchy, self.profiles, self.matched, null_maps=NULL_MAPS, seed=[self.seed, 3]
        )

    def _notes(self, metrics: Metrics) -> tuple[str, ...]:
        least, fdr = self.options.min_measured, self.options.fdr
        text = (
            f"{metrics['significant']:.0f} of {metrics['tested']:.0f} assemblies with {least} or "
            f"more measured members have members more alike than {self.matched_by} would be in "
            f"their places (false discovery rate {fdr:g})"
        )
        if "significant.null_mean" in metrics:
            text += f"; on permuted labels {metrics['significant.null_mean']:.2f} on average"
        usual = (
            f"The published rank-sum test, which takes pairs for independent, passes "
            f"{metrics['validated']:.0f}, and {metrics['validated.null_mean']:.2f} on average of "
            "maps with permuted labels."
        )
        notes: tuple[str, ...] = (self.named, f"{text}.", usual)
        if "unexpected" in metrics:
            notes += (
                f"{metrics['unexpected']:.0f} of {metrics['unexpected_tested']:.0f} members that "
                "the known term of their assembly does not hold are as alike to its others.",
            )
        return notes


def known_members(use: Use) -> dict[str, Matched]:
    """Return the terms that assemblies match: of the run's scores, or of the data's references."""
    if use.run is not None:
        table = use.run.scores.tables.get("assemblies_terms", pd.DataFrame())
        return matched_assemblies(table) if {"genes", "class"} <= set(table) else {}
    tables = []
    for name, part in use.data.references.items():
        if isinstance(part.measurement, TermSet):
            task = Task(part.measurement, use.hierarchy, None, [use.seed], nulls=0, bootstrap=1)
            table = TermScoring()(task)[1]["assemblies_terms"]
            tables.append(table.assign(reference=name))
    return matched_assemblies(pd.concat(tables, ignore_index=True)) if tables else {}


def _read(use: Use, options: Options) -> DataPart:
    """Read the matrix as a part of a data set is read, its names translated as the map's are."""
    node: dict[str, object] = {"kind": options.kind, "path": str(use.needed("matrix"))}
    given = {"id": options.id, "columns": options.columns}
    node |= {key: value for key, value in given.items() if value is not None}
    strict = bool(use.settings["strict"])
    part = read_part(use.store, "matrix", node, use.data_node, strict=strict)
    log_notes({"matrix": part})
    return part


def _check_measured(hierarchy: Hierarchy, places: Index, options: Options) -> None:
    """Raise unless some assembly below the root has enough measured members."""
    measured = np.zeros(len(hierarchy.proteins), bool)
    measured[places[places >= 0]] = True
    counts = np.asarray((hierarchy.membership[1:] > 0) @ measured.astype(int))
    if counts.max(initial=0) < options.min_measured:
        raise DataError(
            f"matrix: {measured.sum():,} proteins of the map are measured, and at most "
            f"{counts.max(initial=0)} of one assembly, where {options.min_measured} are needed; "
            "lower min_measured (at least 2), or set data.id_map to translate names."
        )


def _effect(measured: Embedding, places: Index, proteins: int) -> pd.DataFrame:
    """Return the length of each protein's profile, in the order of the map."""
    length = np.full(proteins, np.nan)
    known = places >= 0
    length[places[known]] = np.linalg.norm(measured.vectors[known].astype(float), axis=1)
    return pd.DataFrame({EFFECT: length})


def _similarity(
    measured: Embedding | ElutionProfiles, places: Index, alike: Covariates | None, options: Options
) -> Profiles:
    if isinstance(measured, ElutionProfiles):
        return elution_similarity(measured)
    table = alike.table[list(alike.used)] if alike else pd.DataFrame(index=places)

    def strata(rows: Index, wanted: int | None) -> Index:
        most = wanted or QUANTILES ** max(len(table.columns), 1)
        return strata_of(table.iloc[places[rows]], MIN_STRATUM, most)

    scaled = options.scale == "zscore"
    return matrix_similarity(measured, strata, scaled=scaled, remove_axes=options.remove_axes)


def _described(matched: Mapping[str, Matched]) -> list[tuple[str, str, list[str]]]:
    return [(name, one.term, sorted(one.explained)) for name, one in sorted(matched.items())]


def _cards(table: pd.DataFrame, members: pd.DataFrame) -> dict[str, Card]:
    """Return what the card of each assembly says: its row, and its supported members."""
    named: dict[str, list[str]] = {}
    for member in members[members["supported"].astype(bool)].to_dict("records"):
        named.setdefault(str(member["assembly"]), []).append(str(member["protein"]))
    rows = [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
    return {
        name: row | {"unexpected": named.get(name, [])}
        for name, row in ((str(row["assembly"]), row) for row in rows)
    }
