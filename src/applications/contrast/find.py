"""Differential analysis between conditions: changed and conserved assemblies, moving proteins.

Replicates come first: similarities are ranked in a background within each, differences between
conditions are compared with those between replicates, and the same tests are made of replicates of
one condition and of conditions with exchanged labels.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ...artifacts import Card, Embedding, Findings, Hierarchy
from ...errors import DataError
from ...eval.nulls import Metrics
from ...eval.terms.overlap import Index, Values
from ...stages.dataset import log_notes
from ...stages.reading import DataPart, read_part
from ..use import Use, chosen_settings
from .answers import CHANGED, CONSERVED, UNDECIDED, Answers
from .cohesion import MemberPairs, levelled, pair_ranks
from .context import Contexts
from .design import Design, check_tables, read_design
from .model import Model, empirical_fdr, model_of, relabelled, replicate_models
from .movers import Movers
from .places import leaves_and_enters

LOG = logging.getLogger("cytoweave")

RELABELLED = 20
"""Exchanges of condition labels that are tested, at most."""

NOMINAL = 0.05
"""Level at which the table of nulls counts p values."""

COHESION_LOSS = 0.35
"""What a complex of U2OS loses in cohesion when its members go to places drawn at random."""

MEMBERS = 3
"""Members that are named as those behind a change."""


@dataclass(frozen=True)
class Options:
    """What is compared and when it counts; the verb's own settings, see ``conf/contrast.yaml``."""

    contrast: str | Mapping[str, float] | None
    leave_out: Sequence[str]
    min_measured: int
    margin: float
    fdr: float
    permutations: int
    id: str | Sequence[str] | None
    columns: str | Sequence[str] | None


def find_contrast(use: Use) -> Findings:
    """Test every assembly for a change and every protein for a move; remembered in the store.

    Raises:
        ConfigError: If the contrast names no condition.
        DataError: If the design or a table is malformed, tables share too few proteins, or no
            assembly has enough measured members.
    """
    options = chosen_settings(Options, use.settings)
    design = read_design(use.needed("design")).without(options.leave_out)
    parts = [_read(use, options, one.key, str(one.path)) for one in design.replicates]
    tables = [_embedding(part) for part in parts]
    check_tables(design, tables)
    name = use.settings["name"] or use.needed("design").name.partition(".")[0]
    model = model_of(design.labels, design.blocks, options.contrast)

    def compute() -> Findings:
        contexts = Contexts.of(tables)
        test = ContrastTest(use.hierarchy, design, model, contexts, options, use.seed)
        return test.findings(f"Conditions compared: {name}")

    return use.remembered(
        "contrast",
        [__name__],
        compute,
        config=[vars(options), name, design.labels, design.blocks],
        inputs=[part.key for part in parts],
    )


@dataclass(frozen=True)
class ContrastTest:
    """A map, and its proteins in replicates of conditions.

    Attributes:
        hierarchy: The map.
        design: Which replicate is of which condition.
        model: What is compared with what.
        contexts: Proteins in all replicates.
        options: The settings.
        seed: Of permutations and of the background.
    """

    hierarchy: Hierarchy
    design: Design
    model: Model
    contexts: Contexts
    options: Options
    seed: int

    @cached_property
    def names(self) -> list[str]:
        """Proteins that every replicate has."""
        return [self.contexts.proteins[k] for k in self.contexts.complete]

    @cached_property
    def pairs(self) -> MemberPairs:
        """Pairs of members of the assemblies that are tested."""
        rng = np.random.default_rng([self.seed, 0])
        pairs = MemberPairs.of(self.hierarchy, self.names, self.options.min_measured, rng)
        if not len(pairs.rows):
            known = len(set(self.names) & set(self.hierarchy.proteins))
            raise DataError(
                f"design: {len(self.names):,} proteins are in every table, {known:,} of them in "
                f"the map, and no assembly has {self.options.min_measured} of them; lower "
                "min_measured (at least 2), or set data.id_map to translate names."
            )
        return pairs

    @cached_property
    def ranks(self) -> tuple[Values, Values]:
        """``(R, P)`` ranks of pairs, and cohesion on permuted labels."""
        seed = [self.seed, 1]
        return pair_ranks(self.contexts, self.pairs, self.options.permutations, seed)

    @cached_property
    def cohesion(self) -> Values:
        """``(R, A)`` of each assembly in each replicate, replicates brought to one level."""
        return levelled(np.array([self.pairs.mean(ranks) for ranks in self.ranks[0]]))

    @property
    def conditions(self) -> Index:
        """``(R,)`` number of the condition of each replicate."""
        names = self.design.conditions
        return np.array([names.index(label) for label in self.design.labels], np.intp)

    def answers(self, model: Model) -> Answers:
        """Return what a model says of the assemblies."""
        permuted = self.ranks[1]
        return Answers.of(model, self.cohesion, self.pairs.measured, permuted, self.options.margin)

    def movers(self, model: Model) -> Movers:
        """Return what a model says of the proteins."""
        return Movers.of(self.contexts, model, self.conditions)

    def findings(self, title: str) -> Findings:
        """Return assemblies, movers, nulls, metrics, and cards.

        Metrics: ``tested`` assemblies, of which ``changed``, ``conserved``, ``undecided``;
        ``movers`` of ``proteins``; for these also the mean over exchanged labels, and over pairs of
        replicates of one condition as ``<name>.replicates_mean``.
        """
        answers, movers = self.answers(self.model), self.movers(self.model)
        nulls = self.nulls()
        table, moved = self.assembly_table(answers), self.mover_table(movers)
        metrics = self._metrics(table, moved, nulls)
        notes = tuple(self._notes(metrics, answers, nulls))
        for note in self._untestable():
            LOG.warning("%s", note)
        tables = {"contrast": table, "movers": moved}
        if len(nulls):
            tables["nulls"] = nulls
        tables["consensus"] = self.consensus()
        cards = _cards(table, moved, self.hierarchy, self.options.fdr)
        return Findings(title, tables, metrics, notes, cards)

    def assembly_table(self, answers: Answers) -> pd.DataFrame:
        """Return one row per tested assembly, the least probable first."""
        names = self.design.conditions
        means = {
            f"cohesion_{name}": self.cohesion[self.conditions == k].mean(axis=0)
            for k, name in enumerate(names)
        }
        table = pd.DataFrame(
            {
                "assembly": [self.hierarchy.names[row] for row in self.pairs.rows],
                "class": answers.classes(self.options.fdr),
                "effect": answers.effect,
                "p": answers.p,
                "fdr": answers.fdr,
                "effect_lo": answers.lo,
                "effect_hi": answers.hi,
                "detectable": answers.detectable(self.options.fdr),
                "measured": self.pairs.measured,
                "p_equivalent": answers.p_equivalent,
                "fdr_equivalent": answers.fdr_equivalent,
                **means,
                "members_behind": self._members_behind(answers.effect),
            }
        )
        order = np.lexsort((-table["effect"].abs(), table["p"].fillna(1.0)))
        return table.iloc[order].reset_index(drop=True)

    def mover_table(self, movers: Movers) -> pd.DataFrame:
        """Return one row per protein that every condition has, the largest score first."""
        order = np.argsort(-movers.score, kind="stable")
        between = [one.p for kind, _, _, one in self._tests if kind == "replicates"]
        table = pd.DataFrame(
            {
                "protein": [self.contexts.proteins[k] for k in movers.rows[order]],
                "score": movers.score[order],
                "p": movers.p[order],
                "fdr": movers.fdr[order],
                "distance": movers.distance[order],
                "replicates": movers.replicates[order],
            }
        )
        places = leaves_and_enters(
            self.hierarchy, self.contexts, self.model, self.pairs.rows, list(table["protein"])
        )
        return table.assign(
            leaves=places[0],
            enters=places[1],
            fdr_replicates=empirical_fdr(movers.p, between)[order],
        )

    def consensus(self) -> pd.DataFrame:
        """Return one row per protein of every replicate: its place over all conditions."""
        shared = self.contexts.consensus(self.conditions)
        table = pd.DataFrame(shared.vectors).add_prefix("axis_")
        table.insert(0, "protein", shared.proteins)
        return table

    def nulls(self) -> pd.DataFrame:
        """Return what the same tests call between replicates, and with exchanged labels.

        One row a test: ``kind contrast p_05 changed movers_p_05 movers``; ``p_05`` are shares of p
        values up to .05, which are .05 where nothing changes and the test is right.
        """
        rows = [
            {
                "kind": kind,
                "contrast": words,
                "p_05": float((answers.p <= NOMINAL).mean()),
                "changed": answers.classes(self.options.fdr).count(CHANGED),
                "movers_p_05": float((movers.p <= NOMINAL).mean()),
                "movers": int((movers.fdr <= self.options.fdr).sum()),
            }
            for kind, words, answers, movers in self._tests
        ]
        return pd.DataFrame(rows)

    @cached_property
    def _tests(self) -> list[tuple[str, str, Answers, Movers]]:
        """The tests of the table of nulls, proteins being those of every replicate."""
        whole = self.contexts.whole()
        return [
            (kind, words, self.answers(model), Movers.of(whole, model, self.conditions))
            for kind, words, model in self._models()
        ]

    def _models(self) -> Iterator[tuple[str, str, Model]]:
        if not (self.model.df and self.model.estimable):
            return
        yield "conditions", " v ".join(self.design.conditions), self.model
        for (i, j), model in replicate_models(self.model, self.design.labels):
            first, second = self.design.replicates[i].key, self.design.replicates[j].key
            yield "replicates", f"{first} v {second}", model
        rng = np.random.default_rng([self.seed, 2])
        for labels in relabelled(self.design.labels, self.design.blocks, RELABELLED, rng):
            model = model_of(labels, self.design.blocks, self._exchangeable(labels))
            if model.estimable:
                keys = [one.key for one in self.design.replicates]
                names = [
                    "+".join(key for key, label in zip(keys, labels, strict=True) if label == name)
                    for name in self.design.conditions
                ]
                yield "exchanged", " v ".join(names), model

    def _exchangeable(self, labels: Sequence[str]) -> str | Mapping[str, float] | None:
        """Return the contrast for conditions in another order: a trend is one by names."""
        if self.options.contrast is None or not isinstance(self.options.contrast, str):
            return self.options.contrast
        places = self.model.effects[0, : self.model.conditions]
        return dict(zip(self.design.conditions, places.tolist(), strict=True))

    def _members_behind(self, effect: Values) -> list[str]:
        """Return the members whose pairs change most, in the direction of their assembly."""
        shown = self.model.differences(self.ranks[0])
        change = shown[np.abs(shown).argmax(axis=0), np.arange(shown.shape[1])]
        ends = np.concatenate([self.pairs.first, self.pairs.second])
        table = pd.DataFrame(
            {
                "assembly": np.tile(self.pairs.assembly, 2),
                "protein": ends,
                "change": np.tile(change * np.sign(effect)[self.pairs.assembly], 2),
            }
        )
        means = table.groupby(["assembly", "protein"])["change"].mean().reset_index()
        means = means.sort_values(["assembly", "change"], ascending=[True, False])
        best = means.groupby("assembly").head(MEMBERS).groupby("assembly")["protein"]
        return [" ".join(self.names[k] for k in inside) for _, inside in best]

    def _metrics(self, table: pd.DataFrame, moved: pd.DataFrame, nulls: pd.DataFrame) -> Metrics:
        metrics: Metrics = {"tested": len(table)}
        metrics |= {k: int((table["class"] == k).sum()) for k in (CHANGED, CONSERVED, UNDECIDED)}
        metrics["proteins"] = len(moved)
        metrics["movers"] = int((moved["fdr"] <= self.options.fdr).sum())
        for kind, ending in (("exchanged", "null_mean"), ("replicates", "replicates_mean")):
            rows = nulls[nulls["kind"] == kind] if len(nulls) else nulls
            if len(rows):
                metrics |= {f"{k}.{ending}": float(rows[k].mean()) for k in (CHANGED, "movers")}
        called = moved["fdr_replicates"][moved["fdr"] <= self.options.fdr].dropna()
        if len(called):
            metrics["movers.fdr_replicates"] = float(called.max())
        return metrics

    def _untestable(self) -> Iterator[str]:
        alone = self.design.unreplicated
        if not self.model.estimable:
            yield "Blocks and conditions cannot be told apart: effect sizes only, no tests."
        elif not self.model.df:
            yield (
                f"No replicates are left to tell noise from change ({', '.join(alone)}: one "
                "replicate each): effect sizes only, nothing is tested."
            )
        elif alone:
            yield (
                f"{', '.join(alone)}: one replicate, so that its own noise is unknown and is taken "
                "to be that of the other conditions."
            )

    def _notes(self, metrics: Metrics, answers: Answers, nulls: pd.DataFrame) -> Iterator[str]:
        counts = [f"{name} ({self.design.labels.count(name)})" for name in self.design.conditions]
        yield (
            f"{', '.join(counts)} replicates; {len(self.names):,} proteins are in all of them; "
            f"{metrics['tested']:.0f} assemblies have {self.options.min_measured} or more. Effects "
            f"are later less earlier condition, in ranks of similarity among pairs of proteins of "
            f"like detection."
        )
        yield from self._untestable()
        if not len(nulls):
            return
        yield (
            f"{metrics[CHANGED]:.0f} changed at a false discovery rate of {self.options.fdr:g}, "
            f"{metrics[CONSERVED]:.0f} conserved (shown to differ by less than "
            f"{self.options.margin:g}), {metrics[UNDECIDED]:.0f} undecided; "
            f"{metrics['movers']:.0f} of {metrics['proteins']:,.0f} proteins move."
        )
        seen = answers.detectable(self.options.fdr)
        yield (
            f"Of one assembly that changes among {len(seen):,}, these replicates call a change of "
            f"{np.median(seen):.2f} in four of five cases (median over assemblies; one that falls "
            f"apart loses about {COHESION_LOSS:g}, which would be seen in "
            f"{(seen <= COHESION_LOSS).mean():.0%} of them)."
        )
        for kind, words in (
            ("replicates", "Between replicates of one condition"),
            ("exchanged", "With labels of conditions exchanged"),
        ):
            rows = nulls[nulls["kind"] == kind]
            if len(rows):
                yield (
                    f"{words} ({len(rows)} tests) {rows['changed'].mean():.2f} assemblies and "
                    f"{rows['movers'].mean():.1f} proteins are called on average; "
                    f"{rows['p_05'].mean():.1%} of the assemblies have p up to .05."
                )
        if metrics["movers"] and "movers.fdr_replicates" in metrics:
            rate = metrics["movers.fdr_replicates"]
            yield (
                f"Of the {metrics['movers']:.0f} proteins that move, {rate:.0%} are expected to be "
                "false by the p values between replicates of one condition (fdr_replicates)"
                + (": that any of them moves is not shown." if rate >= 1 else ".")
            )


def _read(use: Use, options: Options, key: str, path: str) -> DataPart:
    node: dict[str, object] = {"kind": "matrix", "path": path}
    given = {"id": options.id, "columns": options.columns}
    node |= {name: value for name, value in given.items() if value is not None}
    part = read_part(
        use.store, f"design {key}", node, use.data_node, strict=bool(use.settings["strict"])
    )
    log_notes({key: part})
    return part


def _embedding(part: DataPart) -> Embedding:
    measurement = part.measurement
    if not isinstance(measurement, Embedding):
        raise DataError(f"design: a table holds no profiles but a {type(measurement).__name__}.")
    return measurement


def _cards(
    table: pd.DataFrame, moved: pd.DataFrame, hierarchy: Hierarchy, fdr: float
) -> dict[str, Card]:
    """Return what the card of each assembly says: its row, and the members that move."""
    moving = set(moved["protein"][moved["fdr"] <= fdr])
    rows = [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
    return {
        str(row["assembly"]): row
        | {"movers": [p for p in hierarchy.members(str(row["assembly"])) if p in moving]}
        for row in rows
    }
