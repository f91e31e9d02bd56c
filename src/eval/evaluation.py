"""Evaluation stage: score a map and an embedding against every reference."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

import numpy as np
import pandas as pd

from ..artifacts import ElutionProfiles, Embedding, Hierarchy, Scores, TermSet
from ..errors import ConfigError, DataError
from ..nodes.ranges import AtLeastOne, MinLen, Natural, checked
from .coelution.scores import CoelutionScoring
from .embedding.scores import PairScoring
from .map_metrics import map_metrics
from .nulls import Metrics
from .objective import Objective
from .scoring import Scorer, Tables, Task
from .terms.map_retrieval import MapRetrieval
from .terms.overlap import NothingSharedError
from .terms.scores import TermScoring
from .terms.splits import PARTS, Part, Split, split_of
from .truth import TruthScoring

Reference = TermSet | ElutionProfiles | Hierarchy

LOG = logging.getLogger("cytoweave")

LEAST_NULLS = 10
"""Minimum number of permuted maps, however large the map and the reference are."""

OF_EVERY_PART = ("nulls", "roc")
"""Tables with all parts of a term set; the others have the first part only."""


@checked
@dataclass(frozen=True)
class Evaluation:
    """Scores a map, an embedding, or both, against references of every kind.

    A map's universe is all proteins that were offered, so that no map gains by leaving proteins
    out. Every metric of a map against terms or truth is reported with its null: the same metric on
    maps whose protein labels are permuted.

    Args:
        terms: Scores a map against sets of terms: enrichment and recovery.
        retrieval: Scores a map against them: pair retrieval by the smallest shared assembly.
        pairs: Scores an embedding against sets of terms.
        coelution: Scores both against elution profiles.
        truth: Scores a map against a true hierarchy.
        scorers: Further ones by name, see `Scorer`; each gets the references of its kind.
        nulls: Number of label-permuted maps for the null of each metric; 0 for none.
        max_null_pairs: Maximum number of assembly-term pairs over all permuted maps. A larger map
            or reference gets fewer permuted maps, but at least 10, and a warning says how many.
        bootstrap: Resamplings for each interval.
        references: Names of the references to score, if the data set has them; null for all.
        parts: Which parts of a term set are scored: ``all``, ``tune``, ``held_out``.
        split_seed: Seed of the split into halves, apart from the run's, so that all runs share it.
        objective: Objective of sweeps; None for none.
        leakage: Reference -> why it is not independent of the data, for the tables.

    Raises:
        ConfigError: If a setting is out of range.
    """

    terms: TermScoring = field(default_factory=TermScoring)
    retrieval: MapRetrieval = field(default_factory=MapRetrieval)
    pairs: PairScoring = field(default_factory=PairScoring)
    coelution: CoelutionScoring = field(default_factory=CoelutionScoring)
    truth: TruthScoring = field(default_factory=TruthScoring)
    scorers: Mapping[str, Scorer] = field(default_factory=dict)
    nulls: Natural = 20
    max_null_pairs: AtLeastOne = 2_500_000_000
    bootstrap: AtLeastOne = 1000
    references: Sequence[str] | None = None
    parts: Annotated[Sequence[Part], MinLen(1)] = PARTS
    split_seed: int = 0
    objective: Objective | None = None
    leakage: Mapping[str, str] = field(default_factory=dict)

    def __call__(
        self,
        *,
        hierarchy: Hierarchy | None,
        embedding: Embedding | None,
        references: Mapping[str, Reference],
        seed: int,
    ) -> Scores:
        """Score a map and an embedding against all references.

        Metrics are named ``<reference>.<part>.<metric>``, those of the map alone
        ``map.all.<metric>``; the parts of a term set are ``all`` and its halves ``tune`` and
        ``held_out``, see `Split`. Random numbers for a reference depend on `seed` and its name
        only, not on which other references there are. Tables, each with a column ``reference``:

        - ``assemblies_terms``: best term of each assembly; ``terms``: best assembly of each term;
        - ``recovery``: precision and recall over thresholds; ``roc``: of the embedding;
        - ``nulls``: the metrics of each permuted map;
        - ``splits``: half of each term; ``references``: size of each, and why it may not be
          independent;
        - ``coelution``: tests of each assembly; ``unexpected``: members outside the matched terms
          of their assembly, and whether they elute with it;
        - ``truth``: best assembly of each true one.

        And ``criteria``, without that column: each setting of the evaluation and its value.

        Args:
            hierarchy: The map; None to score an embedding only.
            embedding: The embedding; None to score a map only.
            references: By name. Term sets and elution profiles score both, a true hierarchy the
                map only; further scorers may take others.
            seed: Of permutations and resamplings.

        Raises:
            ConfigError: If there is neither a map nor an embedding, a name is taken, or the data
                has none of the named references.
            DataError: If a reference shares no protein with what is scored, or is of a kind that
                no scorer takes.

        Cost: a minute for 300 assemblies, 6,200 proteins and CORUM, GO-CC, HPA and SEC-MS.
        """
        if hierarchy is None and embedding is None:
            raise ConfigError("Nothing to evaluate: set hierarchy=FILE, embedding=FILE, or both.")
        if "map" in references:
            raise ConfigError("A reference cannot be called 'map', the map's own metrics are.")
        references = self._chosen(references)
        scored = [
            self._scored(name, Task(reference, hierarchy, embedding, [seed, _number(name)]))
            for name, reference in references.items()
        ]
        for scorer in self._scorers().values():
            tables = _joined(scored)
            for one in scored:
                if isinstance(one.reference, scorer.takes):
                    one.score(scorer, tables)
        metrics: Metrics = {}
        if hierarchy is not None:
            metrics |= {f"map.all.{name}": value for name, value in map_metrics(hierarchy).items()}
        for one in scored:
            metrics |= one.metrics
        return Scores(metrics, _joined(scored) | {"criteria": self._criteria()})

    def _chosen(self, references: Mapping[str, Reference]) -> Mapping[str, Reference]:
        """Return the references to score, in the order of the data set.

        Raises:
            ConfigError: If the data has none of the named ones.
        """
        if self.references is None:
            return references
        chosen = {
            name: reference for name, reference in references.items() if name in self.references
        }
        if not chosen:
            raise ConfigError(
                f"eval.references: the data has none of {', '.join(self.references) or 'no names'}"
                f"; it has {', '.join(references) or 'none'}."
            )
        lacking = [name for name in self.references if name not in references]
        if lacking:
            LOG.warning(
                f"eval.references: the data has no {', '.join(lacking)}; "
                f"scored: {', '.join(chosen)}."
            )
        return chosen

    def _scorers(self) -> dict[str, Scorer]:
        """Return all scorers by their key in the config, in the order in which they run."""
        own = {
            name: getattr(self, name)
            for name in ("terms", "retrieval", "pairs", "coelution", "truth")
        }
        return own | {f"scorers.{name}": scorer for name, scorer in self.scorers.items()}

    def _scored(self, name: str, task: Task[Reference]) -> _Scored:
        """Return a reference to be scored, a term set split into its parts.

        Raises:
            DataError: If no scorer takes its kind.
        """
        kinds = [scorer.takes for scorer in self._scorers().values()]
        if not isinstance(task.reference, tuple(kinds)):
            taken = ", ".join(dict.fromkeys(kind.__name__ for kind in kinds))
            raise DataError(
                f"Reference '{name}': got a {type(task.reference).__name__}; a reference is one of "
                f"{taken}."
            )
        nulls = self._permuted_maps(name, task)
        task = replace(task, nulls=nulls, bootstrap=self.bootstrap, term_fdr=self.terms.fdr)
        if not isinstance(task.reference, TermSet):
            return _Scored(name, task.reference, {"all": task}, "all")
        split = split_of(task.reference, self.split_seed)
        halves: dict[str, Task[Reference]] = {
            part: replace(task, reference=split.part(part), other=split.other(part))
            for part in self.parts
        }
        scored = _Scored(name, task.reference, halves, self.parts[0])
        scored.add("splits", split.table())
        scored.add("references", _described(split, self.leakage.get(name, "")))
        return scored

    def _permuted_maps(self, name: str, task: Task[Reference]) -> int:
        """Return the number of permuted maps: fewer than `nulls` where time would be hours."""
        if task.hierarchy is None or not isinstance(task.reference, TermSet):
            return self.nulls
        assemblies, terms = len(task.hierarchy.names), len(task.reference.terms)
        affordable = max(self.max_null_pairs // max(assemblies * terms, 1), LEAST_NULLS)
        if affordable >= self.nulls:
            return self.nulls
        LOG.warning(
            f"Reference '{name}': {affordable} permuted maps instead of {self.nulls}, for time: "
            f"{assemblies:,} assemblies x {terms:,} terms (eval.max_null_pairs)."
        )
        return affordable

    def _criteria(self) -> pd.DataFrame:
        """Return the settings that are numbers, texts or booleans: ``setting, value``, as text."""
        settings = _plain("", self)
        for key, scorer in self._scorers().items():
            settings |= _plain(f"{key}.", scorer)
        values = list(settings.values())
        return pd.DataFrame({"setting": list(settings), "value": values}, dtype=object)


@dataclass
class _Scored:
    """A reference while it is scored, with the metrics and tables so far.

    Attributes:
        name: Of the reference.
        reference: The whole of it.
        tasks: Part -> scoring task; parts without a term that counts are dropped.
        first: The part whose tables are kept.
        metrics: Metrics by their full names.
        tables: Table -> its rows, part by part.
    """

    name: str
    reference: Reference
    tasks: dict[str, Task[Reference]]
    first: str
    metrics: Metrics = field(default_factory=dict)
    tables: dict[str, list[pd.DataFrame]] = field(default_factory=dict)

    def score(self, scorer: Scorer, tables: Tables) -> None:
        """Add the metrics and tables of a scorer for each part.

        Raises:
            ConfigError: If it returns a metric that another scorer returned.
            DataError: If the reference does not fit the map or embedding.
        """
        for part, task in list(self.tasks.items()):
            try:
                metrics, rows = scorer(replace(task, tables=tables))
            except NothingSharedError as error:
                if part == "all":
                    raise DataError(f"Reference '{self.name}': {error}") from error
                del self.tasks[part]
                continue
            except DataError as error:
                raise DataError(f"Reference '{self.name}': {error}") from error
            named = {f"{self.name}.{part}.{metric}": value for metric, value in metrics.items()}
            if twice := self.metrics.keys() & named.keys():
                raise ConfigError(f"eval.scorers: two scorers give the metric '{min(twice)}'.")
            self.metrics |= named
            for table, of in rows.items():
                if table in OF_EVERY_PART:
                    of.insert(0, "part", part)
                if table in OF_EVERY_PART or part == self.first:
                    self.add(table, of)

    def add(self, table: str, rows: pd.DataFrame) -> None:
        """Add rows to a table, with the name of the reference as its second column."""
        rows.insert(1, "reference", self.name)
        self.tables.setdefault(table, []).append(rows)


def _joined(scored: Sequence[_Scored]) -> Tables:
    """Return the tables of all references."""
    names = dict.fromkeys(name for one in scored for name in one.tables)
    return {
        name: pd.concat(
            [rows for one in scored for rows in one.tables.get(name, ())], ignore_index=True
        )
        for name in names
    }


def _number(name: str) -> int:
    """Return a hash of a reference's name, for seeds that do not depend on the others."""
    return zlib.crc32(name.encode())


def _described(split: Split, leakage: str) -> pd.DataFrame:
    """Return one row: size of a term set, and why it may not be independent."""
    return pd.DataFrame(
        {
            "terms": [len(split.terms.terms)],
            "proteins": [len(split.terms.proteins)],
            "groups": [int(split.groups.max(initial=-1)) + 1],
            "largest_group": [split.largest_group],
            "tune": [int(split.tune.sum())],
            "held_out": [int((~split.tune).sum())],
            "leakage": np.array([leakage], object),
        }
    )


def _plain(prefix: str, part: object) -> dict[str, str]:
    """Return the settings of a part that are numbers, texts or booleans, as text."""
    settings = {f"{prefix}{name}": value for name, value in vars(part).items()}
    return {key: str(v) for key, v in settings.items() if isinstance(v, int | float | str)}
