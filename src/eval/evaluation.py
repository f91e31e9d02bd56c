"""The last but one stage: a map and an embedding, scored against every reference."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..artifacts import ElutionProfiles, Embedding, Hierarchy, Scores, TermSet
from ..errors import ConfigError, DataError
from .coelution.scores import score_coelution
from .coelution.similarity import Kind, neighbours_auroc
from .coelution.unexpected import UnexpectedMembers, matched_assemblies
from .embedding.neighbourhood import neighbour_figures
from .embedding.retrieval import cosine, pair_sets, score_pairs
from .map_figures import map_figures
from .nulls import Figures
from .objective import NAME as OBJECTIVE
from .objective import Objective
from .terms.overlap import NothingSharedError
from .terms.scores import Null, assembly_table, score_terms, term_table
from .terms.splits import PARTS, Split
from .truth import score_truth, truth_table

Reference = TermSet | ElutionProfiles | Hierarchy
Tables = dict[str, pd.DataFrame]

OF_EVERY_PART = ("nulls", "roc")
"""Tables that hold all parts of a term set; the others hold the first one asked for."""


@dataclass(frozen=True)
class Evaluation:
    """Scores a map, an embedding, or both.

    A map's universe is all proteins that were offered, so that no map gains by leaving proteins
    out. Every figure of a map against terms or truth has its null beside it: the same figure on
    maps whose protein labels are permuted.

    Args:
        min_term_size: Least number of offered, annotated proteins of a term that counts.
        identical_terms: Whether terms of the same proteins count each; else the first does.
        all_cells: Whether false discovery rates count the cells of assemblies without an annotated
            member, and of the root, as tests.
        jaccard: Least Jaccard of an enriched term.
        fdr: False discovery rate below which a term is enriched.
        recovered_at: Least Jaccard at which a term or true assembly is recovered.
        max_matched_size: Largest term that counts for the maximum matching ratio.
        min_pair_set_size: Least size of a set whose pairs an embedding should retrieve.
        max_pair_set_size: Largest size of one.
        max_shared_set_size: Pairs that share a set of up to this size are not negatives; null
            for any size, which leaves no negatives where one set holds every protein.
        coelution_fdr: False discovery rate up to which an assembly is validated by co-elution.
        neighbours: Nearest neighbours of a protein whose co-elution is asked for.
        min_true_size: Least size of the true assemblies that are asked for.
        nulls: Maps of permuted labels that each figure is compared with; 0 for none.
        null: Whether permuted proteins change places ``free`` or with ``matched`` ones, see
            `score_terms`.
        coelution_similarity: How profiles are compared, see `Coelution`.
        coelution_permutations: Of labels among proteins of like detection and amount, for the test
            with the assembly as its unit; 0 leaves it out, and that of unexpected members.
        coelution_nulls: Maps of permuted labels that the published rank-sum test, and the test of
            unexpected members, are run on.
        bootstrap: Resamplings behind each interval.
        references: Names of the references that are scored, those that the data has; null for all.
        parts: Which parts of a term set are scored: ``all``, ``tune``, ``held_out``.
        split_seed: Of the division into halves, apart from the run's, so that all runs share it.
        objective: What a sweep maximises, as ``map.tune.objective``; None for nothing.
        leakage: Reference -> why it is not independent of what it scores, for the tables.

    Raises:
        ConfigError: If a setting is out of range.
    """

    min_term_size: int = 4
    identical_terms: bool = False
    all_cells: bool = False
    jaccard: float = 0.1
    fdr: float = 0.01
    recovered_at: float = 0.5
    max_matched_size: int = 100
    min_pair_set_size: int = 3
    max_pair_set_size: int = 30
    max_shared_set_size: int | None = None
    coelution_fdr: float = 0.05
    neighbours: int = 10
    min_true_size: int = 5
    nulls: int = 20
    null: Null = "free"
    coelution_similarity: Kind = "pearson"
    coelution_permutations: int = 10_000
    coelution_nulls: int = 20
    bootstrap: int = 1000
    references: Sequence[str] | None = None
    parts: Sequence[str] = PARTS
    split_seed: int = 0
    objective: Objective | None = None
    leakage: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("jaccard", "fdr", "recovered_at", "coelution_fdr"):
            self._check(name, 0 < getattr(self, name) <= 1, "above 0 and at most 1")
        self._check("min_term_size", self.min_term_size >= 1, "at least 1")
        self._check("min_pair_set_size", self.min_pair_set_size >= 2, "at least 2")
        for name in ("neighbours", "min_true_size", "bootstrap"):
            self._check(name, getattr(self, name) >= 1, "at least 1")
        for name in ("nulls", "coelution_permutations", "coelution_nulls"):
            self._check(name, getattr(self, name) >= 0, "at least 0")
        known = bool(self.parts) and set(self.parts) <= set(PARTS)
        self._check("parts", known, f"some of {', '.join(PARTS)}")
        for small, large in (
            ("min_term_size", "max_matched_size"),
            ("min_pair_set_size", "max_pair_set_size"),
            ("max_pair_set_size", "max_shared_set_size"),
        ):
            bound, value = getattr(self, small), getattr(self, large)
            self._check(
                large, value is None or value >= bound, f"at least {small}, which is {bound}"
            )

    def _check(self, name: str, fits: bool, allowed: str) -> None:
        if not fits:
            raise ConfigError(f"eval.{name} must be {allowed}, but got {getattr(self, name)}.")

    def __call__(
        self,
        *,
        hierarchy: Hierarchy | None,
        embedding: Embedding | None,
        references: Mapping[str, Reference],
        seed: int,
    ) -> Scores:
        """Score a map and an embedding against all references.

        Figures are named ``<reference>.<part>.<figure>``, those of the map alone
        ``map.all.<figure>``; the parts of a term set are ``all`` and its halves ``tune`` and
        ``held_out``, see `Split`. What is drawn for a reference depends on `seed` and its name
        only, not on which other references there are. Tables, each with a column ``reference``:

        - ``assemblies_terms``: best term of each assembly; ``terms``: best assembly of each term;
        - ``recovery``: precision and recall over thresholds; ``roc``: of the embedding;
        - ``nulls``: the figures of each permuted map;
        - ``splits``: half of each term; ``references``: what each holds, and why it may not be
          independent;
        - ``coelution``: tests of each assembly; ``unexpected``: members outside the matched terms
          of their assembly, and whether they elute with it;
        - ``truth``: best assembly of each true one.

        And ``criteria``, without that column: each setting of the evaluation and its value.

        Args:
            hierarchy: The map; None to score an embedding only.
            embedding: The embedding; None to score a map only.
            references: By name. Term sets and elution profiles score both, a true hierarchy the
                map only.
            seed: Of permutations and resamplings.

        Raises:
            ConfigError: If there is neither a map nor an embedding, a name is taken, or the data
                has none of the references that were named.
            DataError: If a reference shares no protein with what is scored, or is of a kind that
                cannot score.

        Cost: a minute for 300 assemblies, 6,200 proteins and CORUM, GO-CC, HPA and SEC-MS.
        """
        if hierarchy is None and embedding is None:
            raise ConfigError("Nothing to evaluate: set hierarchy=FILE, embedding=FILE, or both.")
        if "map" in references:
            raise ConfigError("A reference cannot be called 'map', the map's own figures are.")
        figures: Figures = {}
        if hierarchy is not None:
            figures |= {f"map.all.{name}": value for name, value in map_figures(hierarchy).items()}
        tables: dict[str, list[pd.DataFrame]] = {}
        references = self._chosen(references)
        for name, reference in references.items():
            draws = [seed, zlib.crc32(name.encode())]
            try:
                found, rows = self._against(reference, hierarchy, embedding, draws)
            except DataError as error:
                raise DataError(f"Reference '{name}': {error}") from error
            figures |= {f"{name}.{figure}": value for figure, value in found.items()}
            for table, part in rows.items():
                tables.setdefault(table, []).append(_with_reference(part, name))
        if hierarchy is not None and self.coelution_permutations:
            figures |= self._unexpected(hierarchy, references, tables, seed)
        for part in tables.get("references", ()):
            notes = part["reference"].map(lambda name: self.leakage.get(name, ""))
            part["leakage"] = notes.astype(object)
        worth = self.objective(figures) if self.objective and hierarchy is not None else None
        if worth is not None:
            figures[OBJECTIVE] = worth
        joined = {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}
        return Scores(figures, joined | {"criteria": self._criteria()})

    def _criteria(self) -> pd.DataFrame:
        """Return the settings that are numbers, words or switches: ``setting, value``, as text."""
        plain = {
            name: value
            for name, value in vars(self).items()
            if isinstance(value, int | float | str)
        }
        text = [str(value) for value in plain.values()]
        return pd.DataFrame({"setting": list(plain), "value": text}, dtype=object)

    def _chosen(self, references: Mapping[str, Reference]) -> Mapping[str, Reference]:
        """Return the references to score, in the order of the data set.

        Raises:
            ConfigError: If the data has none of those that were named.
        """
        if self.references is None:
            return references
        chosen = {name: found for name, found in references.items() if name in self.references}
        if not chosen:
            raise ConfigError(
                f"eval.references: the data has none of {', '.join(self.references) or 'no names'}"
                f"; it has {', '.join(references) or 'none'}."
            )
        return chosen

    def _against(
        self,
        reference: Reference,
        hierarchy: Hierarchy | None,
        embedding: Embedding | None,
        seed: list[int],
    ) -> tuple[Figures, Tables]:
        if isinstance(reference, TermSet):
            return self._by_terms(reference, hierarchy, embedding, seed)
        if isinstance(reference, ElutionProfiles):
            return self._by_coelution(reference, hierarchy, embedding, seed)
        if isinstance(reference, Hierarchy):
            return self._by_truth(reference, hierarchy, seed)
        raise DataError(
            f"got a {type(reference).__name__}; a reference is a set of terms, elution profiles "
            "or a hierarchy."
        )

    def _by_terms(
        self,
        terms: TermSet,
        hierarchy: Hierarchy | None,
        embedding: Embedding | None,
        seed: list[int],
    ) -> tuple[Figures, Tables]:
        split = Split.of(terms, self.split_seed)
        figures: Figures = {}
        tables: Tables = {}
        for part in self.parts:
            found, of_part = self._by_part(split, part, hierarchy, embedding, seed)
            figures |= {f"{part}.{name}": value for name, value in found.items()}
            for name, table in of_part.items():
                if name in OF_EVERY_PART:
                    table.insert(0, "part", part)
                    tables[name] = pd.concat([tables.get(name), table])
                elif part == self.parts[0]:
                    tables[name] = table
        return figures, tables | {"splits": split.table(), "references": self._described(split)}

    def _by_part(
        self,
        split: Split,
        part: str,
        hierarchy: Hierarchy | None,
        embedding: Embedding | None,
        seed: list[int],
    ) -> tuple[Figures, Tables]:
        """Score against one part; a half without any term of the size gives no figures."""
        terms = split.part(part)
        figures: Figures = {}
        tables: Tables = {}
        try:
            if hierarchy is not None:
                figures, tables = self._map_by_terms(terms, hierarchy, seed)
            if embedding is not None:
                found, rows = self._embedding_by_terms(terms, split.other(part), embedding, seed)
                figures, tables = figures | found, tables | rows
        except NothingSharedError:
            if part == "all":
                raise
        return figures, tables

    def _map_by_terms(
        self, terms: TermSet, hierarchy: Hierarchy, seed: list[int]
    ) -> tuple[Figures, Tables]:
        scores = score_terms(
            hierarchy,
            terms,
            min_term_size=self.min_term_size,
            jaccard=self.jaccard,
            fdr=self.fdr,
            recovered_at=self.recovered_at,
            max_matched_size=self.max_matched_size,
            null=self.null,
            identical_terms=self.identical_terms,
            all_cells=self.all_cells,
        )
        nulls = scores.nulls(self.nulls, seed)
        tables = {
            "assemblies_terms": assembly_table(scores, hierarchy, terms),
            "terms": term_table(scores, hierarchy, terms),
            "recovery": scores.curve(),
            "nulls": nulls.table(),
        }
        return scores.summary(nulls), tables

    def _embedding_by_terms(
        self, terms: TermSet, other: TermSet | None, embedding: Embedding, seed: list[int]
    ) -> tuple[Figures, Tables]:
        similarity = cosine(embedding.vectors)
        pairs = pair_sets(
            embedding.proteins,
            terms,
            min_size=self.min_pair_set_size,
            max_size=self.max_pair_set_size,
            max_shared=self.max_shared_set_size,
            other=other,
        )
        scores = score_pairs(similarity, pairs) if pairs else None
        near = neighbour_figures(
            embedding,
            terms,
            neighbours=self.neighbours,
            max_size=self.max_shared_set_size,
            nulls=min(self.nulls, 20),
            seed=seed,
        )
        if scores is None:
            return near, {}
        return scores.figures(self.bootstrap, seed) | near, {"roc": scores.roc()}

    def _described(self, split: Split) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "terms": [len(split.terms.terms)],
                "proteins": [len(split.terms.proteins)],
                "groups": [int(split.groups.max(initial=-1)) + 1],
                "largest_group": [split.largest_group],
                "tune": [int(split.tune.sum())],
                "held_out": [int((~split.tune).sum())],
            }
        )

    def _by_coelution(
        self,
        profiles: ElutionProfiles,
        hierarchy: Hierarchy | None,
        embedding: Embedding | None,
        seed: list[int],
    ) -> tuple[Figures, Tables]:
        figures: Figures = {}
        tables: Tables = {}
        if hierarchy is not None:
            figures, tables = score_coelution(
                hierarchy,
                profiles,
                similarity=self.coelution_similarity,
                fdr=self.coelution_fdr,
                rank_sum_nulls=self.coelution_nulls,
                permutations=self.coelution_permutations,
                null_maps=self.nulls,
                seed=seed,
            )
        if embedding is not None:
            chance = neighbours_auroc(embedding, profiles, self.neighbours)
            if not np.isnan(chance):
                figures["neighbours_auroc"] = chance
        return _of_all(figures), tables

    def _unexpected(
        self,
        hierarchy: Hierarchy,
        references: Mapping[str, Reference],
        tables: dict[str, list[pd.DataFrame]],
        seed: int,
    ) -> Figures:
        """Test members that no matched term holds, against each set of elution profiles."""
        if "assemblies_terms" not in tables:
            return {}
        matched = matched_assemblies(pd.concat(tables["assemblies_terms"]), self.fdr)
        figures: Figures = {}
        for name, profiles in references.items():
            if isinstance(profiles, ElutionProfiles):
                found = UnexpectedMembers.of(
                    hierarchy,
                    profiles,
                    matched,
                    similarity=self.coelution_similarity,
                    null_maps=self.coelution_nulls,
                    seed=[seed, zlib.crc32(name.encode()), 3],
                )
                table = _with_reference(found.table(self.coelution_fdr), name)
                tables.setdefault("unexpected", []).append(table)
                figures |= {
                    f"{name}.all.{figure}": value
                    for figure, value in found.figures(self.coelution_fdr).items()
                }
        return figures

    def _by_truth(
        self, truth: Hierarchy, hierarchy: Hierarchy | None, seed: list[int]
    ) -> tuple[Figures, Tables]:
        if hierarchy is None:
            return {}, {}
        scores = score_truth(
            hierarchy, truth, min_size=self.min_true_size, recovered_at=self.recovered_at
        )
        figures = scores.summary(self.nulls, self.bootstrap, seed)
        return _of_all(figures), {"truth": truth_table(scores, hierarchy, truth)}


def _of_all(figures: Figures) -> Figures:
    """Name figures as those of the whole reference."""
    return {f"all.{name}": value for name, value in figures.items()}


def _with_reference(table: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Return the table with the name of the reference as its second column."""
    table.insert(1, "reference", reference)
    return table
