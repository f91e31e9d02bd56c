"""Error rates of scored protein pairs from decoys: FDR, conformal p, local FDR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ...artifacts import Card, Findings
from ...eval.terms.enrichment import benjamini_hochberg
from ..use import Use, chosen_settings
from .complexes import Floats, Mask
from .fdr.error_rates import (
    Decoys,
    by_stratum,
    certified,
    decoy_fdr,
    local_fdr,
    monotone,
    needed_at_floor,
    null_share,
    spread_alike,
)
from .fdr.scored import PROTEINS, Scored
from .fdr.shared_proteins import SelfCheck, independent_decoys, interval_of, resampled

PUBLISHED = 0.3
"""The published map accepted pairs up to this ratio of raw counts."""

UNMATCHED = 0.1
"""Kolmogorov-Smirnov distance from which decoys are not called matched."""

TILTS = (1.0, 1.25, 1.5, 2.0, 3.0)
"""Times as often as among the decoys that a high score may occur without binding."""


@dataclass(frozen=True)
class Options:
    """How error rates are given; the verb's own settings, see ``conf/structures_rates.yaml``."""

    levels: Sequence[float]
    bootstraps: int
    splits: int


def find_rates(use: Use) -> Findings:
    """Return p, q and local FDR of each candidate, and how far they can be trusted.

    Raises:
        DataError: If the scores are none, or one of the two kinds is missing.
    """
    options = chosen_settings(Options, use.settings)
    return Rates(Scored.read(use.needed("scores")), options, use.seed).findings()


@dataclass(frozen=True)
class Rates:
    """Error rates of some scores, and what they rest on."""

    scored: Scored
    options: Options
    seed: int

    @cached_property
    def decoys(self) -> Decoys:
        """The decoys, taken as independent."""
        return Decoys.of(self.scored.decoys)

    @cached_property
    def independent(self) -> Decoys | None:
        """The decoys, weighted for the proteins that they share; None where these are unknown."""
        if self.scored.ends is None:
            return None
        ends = self.scored.ends[self.scored.is_decoy]
        return independent_decoys(self.scored.decoys, ends, np.random.default_rng(self.seed))

    @cached_property
    def p(self) -> Floats:
        """Conformal p of each candidate."""
        return self.decoys.conformal(self.scored.scores)

    @cached_property
    def pi0(self) -> float:
        """Estimated share of candidates that do not bind."""
        return null_share(self.p)

    @cached_property
    def pooled(self) -> tuple[str, ...]:
        """Strata with too few decoys of their own."""
        return self._strata[1]

    @cached_property
    def _strata(self) -> tuple[Floats, tuple[str, ...]]:
        strata = self.scored.table["stratum"].tolist()
        names = [
            [s for s, d in zip(strata, self.scored.is_decoy, strict=True) if d == kind]
            for kind in (False, True)
        ]
        return by_stratum(self.scored.scores, self.scored.decoys, *names)

    def table(self) -> pd.DataFrame:
        """Return one row per candidate, the best first."""
        scores, decoys = self.scored.scores, self.decoys
        fdr = decoy_fdr(scores, decoys)
        ratio = len(decoys.scores) / len(scores)
        table = pd.DataFrame(
            {
                "pair": self.scored.table.loc[~self.scored.is_decoy, "pair"].to_numpy(),
                "score": scores,
                "p_conformal": self.p,
                "q_conformal": benjamini_hochberg(self.p),
                "fdr_decoy": np.minimum(fdr, 1.0),
                "local_fdr": local_fdr(scores, decoys.scores, self.pi0),
                "fdr_decoy_pi0": monotone(scores, self.pi0 * fdr),
                "fdr_published": ratio * fdr,
            }
        )
        if self.independent is not None:
            table["q_independent"] = benjamini_hochberg(self.independent.conformal(scores))
        if "stratum" in self.scored.table:
            table["q_stratum"] = benjamini_hochberg(self._strata[0])
        for name in (*PROTEINS, "stratum", "assembly"):
            if name in self.scored.table:
                table[name] = self.scored.table.loc[~self.scored.is_decoy, name].to_numpy()
        return table.sort_values("score", ascending=False, kind="stable")

    def levels(self) -> pd.DataFrame:
        """Return how many pairs each rule accepts at each nominal level."""
        table = self.table()
        rules = [c for c in table if str(c).startswith(("q_", "fdr_"))]
        rows: list[dict[str, object]] = [
            {"level": level, "rule": rule, "accepted": int((table[rule] <= level).sum())}
            for rule in rules
            for level in self.options.levels
        ]
        return pd.DataFrame(rows)

    def strata(self) -> pd.DataFrame:
        """Return how many pairs each stratum has, and how many are certified in it at each level.

        A stratum of too few decoys is judged by all of them; its `own_decoys` is no.
        """
        table, rows = self.table(), []
        decoys = self.scored.table["stratum"][self.scored.is_decoy]
        for name, mine in table.groupby("stratum", sort=True):
            counts = {"candidates": len(mine), "decoys": int((decoys == name).sum())}
            own = "no" if str(name) in self.pooled else "yes"
            certain = {f"q_{q:g}": int((mine["q_stratum"] <= q).sum()) for q in self.options.levels}
            rows.append({"stratum": name, **counts, "own_decoys": own, **certain})
        return pd.DataFrame(rows)

    def cards(self) -> dict[str, Card]:
        """Return what the card of each assembly says of its pairs, the best first."""
        table = self.table()
        if "assembly" not in table:
            return {}
        chosen = ["pair", "score", "p_conformal", "q_conformal", "local_fdr"]
        return {
            str(name): {"pairs": rows[chosen].to_dict("records")}
            for name, rows in table[table["assembly"] != ""].groupby("assembly", sort=False)
        }

    def tilted(self) -> pd.DataFrame:
        """Return how many pairs stay if high scores are commoner without binding than in decoys."""
        rows = []
        for tilt in TILTS:
            p = self.decoys.conformal(self.scored.scores, tilt)
            rows += [(tilt, q, int(certified(p, q).sum())) for q in self.options.levels]
        return pd.DataFrame(rows, columns=["gamma", "level", "certified"])

    @cached_property
    def check(self) -> SelfCheck | None:
        """Decoys judged by decoys of other proteins; None where proteins are unknown or few."""
        if self.scored.ends is None:
            return None
        ends, rng = self.scored.ends[self.scored.is_decoy], np.random.default_rng(self.seed + 1)
        levels = tuple(self.options.levels)
        return SelfCheck.of(self.scored.decoys, ends, levels, self.options.splits, rng)

    def intervals(self) -> pd.DataFrame:
        """Return the FDR at the cut of each level, with its interval over resampled proteins."""
        ends = self.scored.ends
        if ends is None or not self.options.bootstraps:
            return pd.DataFrame(columns=["level", "cut", "fdr_decoy", "low", "high"])
        rows, scores = [], self.scored.table["score"].to_numpy(float)
        for level in self.options.levels:
            chosen = certified(self.p, level)
            if not chosen.any():
                continue
            cut = float(self.scored.scores[chosen].min())
            above, is_decoy = scores >= cut, self.scored.is_decoy

            def fdr(weights: Floats, above: Mask = above, is_decoy: Mask = is_decoy) -> float:
                shares = [
                    weights[k & above].sum() / weights[k].sum() for k in (is_decoy, ~is_decoy)
                ]
                return float(shares[0] / shares[1]) if shares[1] else float("nan")

            rng = np.random.default_rng(self.seed + 2)
            low, high = interval_of(resampled(ends, self.options.bootstraps, rng), fdr)
            rows.append((level, cut, fdr(np.ones(len(scores))), low, high))
        return pd.DataFrame(rows, columns=["level", "cut", "fdr_decoy", "low", "high"])

    def findings(self) -> Findings:
        """Return all tables, and what they mean in words."""
        tables = {
            "rates": self.table(),
            "levels": self.levels(),
            "intervals": self.intervals(),
            "tilted": self.tilted(),
        }
        if self.check is not None:
            tables["self_check"] = _check_table(self.check)
        if "stratum" in self.scored.table:
            tables["strata"] = self.strata()
        metrics = {"pi0": self.pi0, "resolution": 1 / (len(self.decoys.scores) + 1)}
        notes = tuple(self.notes())
        return Findings("Error rates of protein pairs", tables, metrics, notes, self.cards())

    def notes(self) -> list[str]:
        """Return what is behind the rates, and what they cannot say."""
        return [*self._resolution(), *self._matching(), *self._dependence(), self._published()]

    def _resolution(self) -> list[str]:
        candidates, decoys = len(self.p), len(self.decoys.scores)
        least = needed_at_floor(candidates, decoys, self.options.levels[0])
        sentences = [
            f"{candidates:,} candidates, {decoys:,} decoys: no p is below 1/{decoys + 1:,}, so "
            f"that {least:,} pairs must beat all decoys before any is certified at "
            f"{self.options.levels[0]:g}.",
            f"An estimated {self.pi0:.0%} of the candidates do not bind (pi0).",
        ]
        if decoys < 2 * candidates:
            sentences.append("Twice as many decoys as candidates would resolve more.")
        if "stratum" in self.scored.table and self.pooled:
            sentences.append(f"Strata of under 100 decoys are pooled: {', '.join(self.pooled)}.")
        return sentences

    def _matching(self) -> list[str]:
        sentences = []
        for name in ("degree", "length", "disorder"):
            both = self.scored.covariate(name)
            distance = 0.0 if both is None else spread_alike(*both)
            if both is None and name == "disorder":
                continue  # few tables have it
            if both is None:
                sentences.append(
                    f"Whether decoys are matched in {name} is unknown: no such column."
                )
            elif distance > UNMATCHED:
                sentences.append(
                    f"Decoys are not matched in {name}: Kolmogorov-Smirnov distance "
                    f"{distance:.2f}, above {UNMATCHED:g}; the rates hold for pairs like the "
                    "decoys alone."
                )
        return sentences

    def _dependence(self) -> list[str]:
        if self.check is None or self.independent is None:
            return [
                "The proteins of the decoys are unknown or too few, so that nothing says how far "
                "pairs that share proteins deceive: give protein_a and protein_b."
            ]
        size = self.independent.size
        sentences = [f"Decoys share proteins: they tell as much as {size:.0f} that share none."]
        for k, level in enumerate(self.check.levels):
            low, high = self.check.interval(k)
            state = "above" if self.check.exceeds(k) else "not above"
            sentences.append(
                f"Self-check at {level:g}: of {self.check.splits} protein-disjoint halves of the "
                f"decoys {self.check.realised[k]:.1%} certify a decoy (95 % interval {low:.1%} to "
                f"{high:.1%}), {state} the level."
            )
        return sentences

    def _published(self) -> str:
        fdr = len(self.decoys.scores) / len(self.p) * decoy_fdr(self.scored.scores, self.decoys)
        chosen = self.scored.scores[fdr <= PUBLISHED]
        cut = f", a score of {chosen.min():g}" if len(chosen) else ""
        return (
            f"The published rule (decoys by candidates above, raw counts, at most {PUBLISHED:g}) "
            f"accepts {int((self.scored.scores >= chosen.min()).sum()) if len(chosen) else 0:,}"
            f"{cut}."
        )


def _check_table(check: SelfCheck) -> pd.DataFrame:
    rows = [
        (level, check.realised[k], *check.interval(k), check.splits, check.decoys)
        for k, level in enumerate(check.levels)
    ]
    columns = ["level", "realised", "low", "high", "splits", "decoys_per_half"]
    return pd.DataFrame(rows, columns=columns)
