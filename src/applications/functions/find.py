"""Prediction of protein functions, with calibrated probabilities and evidence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Card, Findings, Network
from ..use import Use, chosen_settings
from .features import Pairs
from .given import Given
from .judging import BIN_WORDS, BINS, precision_table, scores_table
from .knowledge import Knowledge, Mask, Rows
from .predicting import Predictor
from .rule import unexpected_members
from .sources import DERIVED_FROM, shared_sources
from .voters import Shares
from .words import Words

LISTS = {"functions_25": 0.25, "functions_50": 0.5}
"""Tables of the pairs whose estimated precision is at least so much."""

NOTHING_MORE = (
    "Nothing is predicted for proteins of which something is known: they have too few terms for "
    "some to be hidden and others kept, so nothing could be learned."
)

UNKNOWN = {
    "all": "no annotation is known",
    "aspect": "none is known in this aspect",
    "term": "others are known in this aspect",
}
"""What is not known of a protein."""


@dataclass(frozen=True)
class Options:
    """How functions are predicted; the verb's own settings, see ``conf/functions.yaml``."""

    evidence: tuple[str, ...]
    before: str | None
    after: str | None
    rule: str
    min_term: int
    max_term: int
    min_probability: float


def find_functions(use: Use) -> Findings:
    """Predict the terms that the proteins of a map lack; remembered in the store.

    Raises:
        ConfigError: If evidence is of no class, or dates overlap.
        DataError: If a file does not fit the map, or there is too little to learn from.
    """
    options = chosen_settings(Options, use.settings)
    keys = ("annotations", "ontology", "network", "embedding")
    files = [path for key in keys if (path := use.file(key)) is not None]
    columns = [use.settings[key] for key in ("columns", "weight", "min_weight")]
    given = Given.read(use, list(options.evidence), options.before, options.after)
    return use.remembered(
        "functions",
        [__name__],
        lambda: _found(use, given, options),
        config=[vars(options), columns, dict(use.data_node)],
        inputs=[use.store.files_key(files)],
    )


def _found(use: Use, given: Given, options: Options) -> Findings:
    knowledge = given.knowledge(use, options.min_term)
    if options.rule == "unexpected":
        return _Answer(use, given, knowledge, options).by_rule()
    return _Answer(use, given, knowledge, options).by_stack()


@dataclass(frozen=True)
class _Answer:
    """The tables of one question.

    Attributes:
        use: The map.
        given: What is known and measured.
        knowledge: What is known, as a matrix.
        options: The settings.
    """

    use: Use
    given: Given
    knowledge: Knowledge
    options: Options

    def by_rule(self) -> Findings:
        """Return the claims of the published rule."""
        claims = unexpected_members(self.use.hierarchy, self.knowledge)
        names = np.array(self.use.hierarchy.names, object)[claims.assembly]
        evidence = [
            f"{name} ({a} of {b})"
            for name, a, b in zip(
                names, claims.carriers.tolist(), claims.judged.tolist(), strict=True
            )
        ]
        table = self._table(claims.protein, claims.term, claims.share.astype(np.float32), evidence)
        note = (
            "Members of assemblies of 4 to 24 proteins that lack a term in which the assembly is "
            "enriched (false discovery rate below .01, Jaccard at least .1). The probability is "
            "the share of the members that have the term: it has not been calibrated."
        )
        later, metrics = self._later(table)
        tables = {"functions": table} | later
        cards, files = self._cards(table), {CAFA: cafa(table)}
        return Findings("Unexpected members", tables, metrics, (note,), cards, files)

    def by_stack(self) -> Findings:
        """Return predictions, lists at two precisions, and how good they are on what is known."""
        voters = self.given.voters(self.use, self.knowledge)
        predictor = Predictor.fit(self.knowledge, voters, seed=self.use.seed)
        everyone = np.arange(len(self.use.hierarchy.proteins))
        pairs, probability, _ = predictor.predict(self.knowledge, everyone)
        chosen = probability >= self.options.min_probability
        pairs, probability = pairs.of(chosen), probability[chosen]
        order = np.lexsort((pairs.term, pairs.protein, -probability))
        pairs, probability = pairs.of(order), probability[order]
        words = Words(self.use.hierarchy, self.knowledge, predictor)
        evidence = np.array(words.short(pairs), object)
        listed = self._listed(pairs, probability, words)
        evidence[listed] = words.full(pairs.of(listed))
        rows = voters[0].rows[pairs.protein]
        table = self._table(rows, pairs.term, probability, evidence.tolist())
        lists = {
            name: table[listed & (probability >= least)].reset_index(drop=True)
            for name, least in LISTS.items()
        }
        later, metrics = self._later(table)
        tables = {
            "functions": table,
            **lists,
            "scores": scores_table(self.knowledge, predictor, self.use.seed),
            "precision": precision_table(self.knowledge, predictor, self.options.max_term),
            **later,
        }
        return Findings(
            "Functions that proteins may have",
            tables,
            metrics | self._metrics(lists),
            self._notes(predictor),
            self._cards(lists["functions_25"]),
            {CAFA: cafa(table), GMT: self._enlarged(lists["functions_50"])},
            shown="functions_50" if len(lists["functions_50"]) else "functions_25",
        )

    def _enlarged(self, table: pd.DataFrame) -> str:
        """Return, as GMT, the terms that the list enlarges, with their proteins of the map."""
        know, inside = self.knowledge, set(self.use.hierarchy.proteins)
        columns, order = know.has.tocsc(), know.ontology
        lines = []
        for term, added in table.groupby("term", sort=True)["protein"]:
            row = order.row[str(term)]
            rows = columns.indices[columns.indptr[row] : columns.indptr[row + 1]]
            own = [know.proteins[k] for k in rows if know.proteins[k] in inside]
            cells = [str(term), order.titles[row] or str(term), *sorted({*own, *added})]
            lines.append("\t".join(cells) + "\n")
        return "".join(lines)

    def _listed(self, pairs: Pairs, probability: Shares, words: Words) -> Mask:
        """Return which pairs are for the lists: sure enough, specific, and from the map."""
        specific = self.knowledge.counts[pairs.term] <= self.options.max_term
        listed = (probability >= min(LISTS.values())) & specific
        listed[listed] = words.from_map(pairs.of(listed))
        return listed

    def _table(
        self, rows: Rows, term: Rows, probability: Shares, evidence: list[str]
    ) -> pd.DataFrame:
        know, order = self.knowledge, self.knowledge.ontology
        known = know.known[rows, know.aspect[term]]
        lacks = np.where(known, "term", np.where(know.known[rows].any(axis=1), "aspect", "all"))
        return pd.DataFrame(
            {
                "protein": np.array(know.proteins, object)[rows],
                "term": np.array(order.terms, object)[term],
                "probability": np.round(probability.astype(float), 4),
                "evidence": evidence,
                "name": np.array(order.titles, object)[term],
                "aspect": np.array(order.aspects, object)[term],
                "precision_bin": np.array(BIN_WORDS, object)[np.digitize(probability, BINS)],
                "unknown": pd.Series(lacks).map(UNKNOWN).to_numpy(object),
                "term_size": know.counts[term],
                "same_source": np.array(self._sources, object)[term],
                "other_evidence": self._other_evidence(rows, term),
            }
        )

    @cached_property
    def _sources(self) -> list[str]:
        kinds = self._measured()
        order = self.knowledge.ontology
        return shared_sources(self.given.annotations, self.given.ontology, order.terms, kinds)

    def _measured(self) -> list[str]:
        """Return the kinds of measurement behind the map; all where that is not known."""
        if self.use.run is None:
            return list(DERIVED_FROM)
        parts = [part.measurement for part in self.use.data.parts().values()]
        network = any(isinstance(part, Network) for part in parts)
        images = any(type(part).__name__ == "ImageSet" for part in parts)
        present = {"interactions": network, "images": images}
        return [kind for kind in DERIVED_FROM if present[kind]]

    def _other_evidence(self, rows: Rows, term: Rows) -> NDArray[np.object_]:
        """Return codes of annotations of the file that were not used but hold the pair already."""
        used = self.given.annotations.table["evidence"].unique()
        table = self.given.others.table
        table = table[~table["evidence"].isin(used)]
        texts = np.full(len(rows), "", object)
        know, order = self.knowledge, self.given.ontology
        name = {protein: k for k, protein in enumerate(know.proteins)}
        whole = {order.row[one]: k for k, one in enumerate(know.ontology.terms)}
        column = np.full(len(order.terms), -1)
        column[list(whole)] = list(whole.values())
        for code, part in table.groupby("evidence"):
            inside = part[part["protein"].isin(name)]
            i = inside["protein"].map(name).to_numpy(np.int64)
            t = inside["term"].map(order.row).to_numpy(np.int64)
            shape = (len(know.proteins), len(order.terms))
            direct = sparse.coo_array((np.ones(len(i), np.float32), (i, t)), shape=shape).tocsr()
            full = sparse.csr_array(direct @ order.ancestors.astype(np.float32))
            has = sparse.csr_array(full[:, list(whole)])
            yes = np.asarray(has[rows, term]).ravel() > 0
            texts[yes] = [f"{old} {code}".strip() for old in texts[yes]]
        return texts

    def _later(self, table: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], dict[str, float]]:
        """Return how many predictions were annotated later, by bin; nothing without ``after=``."""
        if self.given.later is None:
            return {}, {}
        gained = self._gained()
        hit = [
            (protein, term) in gained
            for protein, term in zip(table["protein"], table["term"], strict=True)
        ]
        table["annotated_later"] = np.array(hit, int)
        rates = table.groupby("precision_bin", sort=False)["annotated_later"].agg(["size", "sum"])
        rates = rates.reset_index().set_axis(["precision_bin", "pairs", "annotated_later"], axis=1)
        rates["precision"] = rates["annotated_later"] / rates["pairs"]
        share = float(np.mean(hit)) if hit else float("nan")
        return {"later": rates}, {"gained": float(len(gained)), "annotated_later": share}

    def _gained(self) -> set[tuple[str, str]]:
        """Return pairs of proteins of the map that follow from later annotations alone."""
        know, later = self.knowledge, self.given.later
        assert later is not None
        table = later.table[later.table["protein"].isin(set(self.use.hierarchy.proteins))]
        order, position = self.given.ontology, {p: k for k, p in enumerate(know.proteins)}
        column = {term: k for k, term in enumerate(know.ontology.terms)}
        gained = set()
        for protein, term in zip(table["protein"], table["term"], strict=True):
            start, stop = order.ancestors.indptr[order.row[term] : order.row[term] + 2]
            above = {order.terms[k] for k in order.ancestors.indices[start:stop].tolist()}
            row = position[protein]
            has = set(know.has.indices[know.has.indptr[row] : know.has.indptr[row + 1]].tolist())
            gained |= {(protein, t) for t in above if t in column and column[t] not in has}
        return gained

    def _metrics(self, lists: dict[str, pd.DataFrame]) -> dict[str, float]:
        metrics: dict[str, float] = {}
        for name, table in lists.items():
            least = name.removeprefix("functions_")
            unknown = table[table["unknown"] != UNKNOWN["term"]]
            metrics |= {
                f"pairs.{least}": float(len(table)),
                f"proteins.{least}": float(table["protein"].nunique()),
                f"unknown_proteins.{least}": float(unknown["protein"].nunique()),
            }
        return metrics

    def _notes(self, predictor: Predictor) -> tuple[str, ...]:
        know = self.knowledge
        proteins = know.rows(self.use.hierarchy.proteins)
        return (
            f"{len(know.ontology.terms):,} terms of at least {self.options.min_term} proteins; "
            f"{know.known[proteins].any(axis=1).sum():,} of {len(proteins):,} proteins of the map "
            "have one.",
            "Predictors: " + ", ".join(one.name for one in predictor.voters) + ".",
            "A probability is the share of such pairs that were hidden annotations, in proteins "
            "that were not learned from. What nobody has annotated counts as wrong, so for a "
            "protein of which nothing is known it is a lower bound; where others are known, one "
            "in five of the most specific terms was hidden.",
            *(() if "more" in predictor.stacks else (NOTHING_MORE,)),
            f"The lists hold terms of at most {self.options.max_term} proteins, for which an "
            "assembly, a neighbour or a network speaks.",
        )

    def _cards(self, table: pd.DataFrame) -> dict[str, Card]:
        """Return for each assembly the predictions of its members, the surest first."""
        hierarchy = self.use.hierarchy
        rows = table[["protein", "term", "name", "probability"]].to_dict("records")
        own: dict[str, list[Card]] = {}
        for row in rows:
            own.setdefault(str(row["protein"]), []).append({str(k): v for k, v in row.items()})
        cards: dict[str, Card] = {}
        for k, name in enumerate(hierarchy.names[1:], 1):
            if hierarchy.sizes[k] > CARD_SIZE:
                continue
            predictions = [
                one for protein in hierarchy.members_of(k) for one in own.get(protein, [])
            ]
            predictions.sort(key=lambda one: -float(str(one["probability"])))
            if predictions:
                cards[name] = {"predictions": predictions[:CARD_ROWS], "count": len(predictions)}
        return cards


CAFA, GMT = "functions_cafa.tsv", "functions_50.gmt"
"""Files in the form of CAFA (target, term, score) and of gene sets."""

CARD_SIZE, CARD_ROWS = 100, 20
"""Members of the largest assembly with predictions on its card, and their maximum number."""


def cafa(table: pd.DataFrame) -> str:
    """Return predictions as CAFA and its evaluator take them: target, term, score, no header."""
    rows = zip(table["protein"], table["term"], table["probability"], strict=True)
    return "".join(f"{p}\t{t}\t{s:.3f}\n" for p, t, s in rows if s >= LEAST_SCORE)


LEAST_SCORE = 0.001
"""The smallest score of the form, which has three decimals."""
