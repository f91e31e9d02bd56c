"""Objective of sweeps: pair retrieval, recall and co-elution of a map relative to the default.

Benchmarked on 1,651 maps of simulated cells and of real data, judged by evidence that no objective
used, any single metric (recovered groups, enriched shares, matching, co-elution) selected worse
maps somewhere. Their product, with a floor under each, did not. It does not decide how many
assemblies a map should have: shares fall with that number and counts rise with it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

import numpy as np

from ..artifacts import ElutionProfiles, TermSet
from ..errors import ConfigError
from ..nodes.ranges import Ge, Positive, UnitAboveZero, checked
from .catalogue import BANDS
from .nulls import Metrics

OBJECTIVE_METRIC = "map.tune.objective"

PARTS = {
    "pairs": "proteins of one term are close",
    "recall": "terms come back",
    "coelution": "close pairs elute together",
    "enriched": "share of assemblies with an enriched term",
}
"""Part of the objective -> its description, in the order of the letters P, R, S and E."""
GUARDS = tuple(f"pairs_{band}" for band in BANDS)
"""Parts that have a floor and nothing else: pairs of one size band."""
FACTORS = ("pairs", "recall", "coelution")
WITHOUT_ELUTION = ("pairs", "recall", "enriched")
HALVES = ("tune", "held_out")


@dataclass(frozen=True)
class Unit:
    """Parts of the objective for the default map: their mean and spread over seeds.

    Attributes:
        mean: Part -> its mean over seeds.
        spread: Part -> its coefficient of variation over seeds; infinite where the mean is not
            above chance, 0 for one seed.
        seeds: Number of seeds.
    """

    mean: Metrics
    spread: Metrics
    seeds: int

    @classmethod
    def of(cls, measured: Sequence[Metrics]) -> Unit:
        """Compute mean and spread from maps that differ in their seed alone."""
        values = {name: np.array([one[name] for one in measured]) for name in measured[0]}
        mean = {name: float(one.mean()) for name, one in values.items()}
        ddof = 1 if len(measured) > 1 else 0
        spread = {
            name: float(one.std(ddof=ddof)) / mean[name] if mean[name] > 0 else math.inf
            for name, one in values.items()
        }
        return cls(mean, spread, len(measured))


class Objective(Protocol):
    """Interface of objectives: maximised on the tuning half, reported on the held-out half."""

    @property
    def seeds(self) -> int:
        """Number of default maps, one per seed, for the normalisation; 0 for none."""

    def references(self, known: Mapping[str, object]) -> tuple[str, ...]:
        """Return the references that it needs; raise if the data set lacks them."""

    def front(self, known: Mapping[str, object]) -> tuple[str, ...]:
        """Return the names of the parts for multi-objective sweeps, at least two."""

    def measured(self, metrics: Mapping[str, float], half: str = "tune") -> Metrics:
        """Return the measured parts on one half of the references; none if one is missing."""

    def relative(self, measured: Metrics, unit: Unit | None) -> Metrics:
        """Return the normalised parts, each to be maximised: those of a Pareto front."""

    def value(self, measured: Metrics, unit: Unit | None) -> float:
        """Return the value of the objective."""


@checked
@dataclass(frozen=True)
class MapObjective:
    """Quality of a map relative to the default's: 1 is equal, 0 is chance, below 0 is ruled out.

    Four parts, each 0 by chance and divided by the default's. ``pairs``: pair retrieval of terms,
    see `MapRetrieval`, mean over references and size bands. ``recall``: best Jaccard of any
    assembly with each group of terms, above permuted labels, mean over references. ``coelution``:
    co-elution of the closest pairs, see `nested_coelution`. ``enriched``: the share of assemblies
    with an enriched term, mean over references. The pairs of each size band are guards: they have
    a floor, so that no map gives up compartments for complexes, but are in no product.

    The value is the geometric mean of the first three (without elution profiles: of the first two
    and the fourth) if every part is at least its floor, 1 less the larger of `margin` and twice
    its spread over the default's seeds. Otherwise it is the (negative) distance of the worst part
    from its floor, so that a sampler still has a gradient. A part that varies by more than
    `noisiest` over the default's seeds is left out; so are the guards if there is one default map,
    since a band varies several times as much as all pairs.

    Args:
        kept_apart: References that are not used for tuning, so that they can validate; missing
            ones are ignored.
        margin: Minimum share of a part that may be lost.
        noisiest: Largest coefficient of variation of a part that counts.
        seeds: Number of default maps for the normalisation.
    """

    kept_apart: Sequence[str] = ("hpa",)
    margin: UnitAboveZero = 0.03
    noisiest: Positive = 1.0
    seeds: Annotated[int, Ge(2)] = 5

    def references(self, known: Mapping[str, object]) -> tuple[str, ...]:
        """Return the term sets for tuning, and the elution profiles.

        Args:
            known: The references of a data set, by name.

        Raises:
            ConfigError: If there is no set of terms.
        """
        free = {name: reference for name, reference in known.items() if name not in self.kept_apart}
        terms = [name for name, reference in free.items() if isinstance(reference, TermSet)]
        if not terms:
            raise ConfigError(
                "eval.objective: the data has no set of terms to choose by (it has "
                f"{', '.join(known) or 'no references'}; kept apart: "
                f"{', '.join(self.kept_apart) or 'none'}); name one in data.references."
            )
        elution = [
            name for name, reference in free.items() if isinstance(reference, ElutionProfiles)
        ]
        return (*terms, *elution)

    def front(self, known: Mapping[str, object]) -> tuple[str, ...]:
        """Return the parts that are multiplied, as metrics of the map."""
        free = [reference for name, reference in known.items() if name not in self.kept_apart]
        elution = any(isinstance(reference, ElutionProfiles) for reference in free)
        return tuple(f"map.tune.{name}" for name in (FACTORS if elution else WITHOUT_ELUTION))

    def measured(self, metrics: Mapping[str, float], half: str = "tune") -> Metrics:
        """Return the measured parts, not yet divided by the default's.

        The first elution profiles are for tuning; the second ones, if any, for the held-out half.

        Args:
            metrics: Metrics from `Evaluation`.
            half: ``tune`` or ``held_out``.
        """
        bands = {name: [*self._of(metrics, f".{half}.{name}").values()] for name in GUARDS}
        cells = [value for band in bands.values() for value in band]
        recall = self._of(metrics, f".{half}.recall")
        chance = self._of(metrics, f".{half}.recall.null_mean")
        enriched = self._of(metrics, f".{half}.enriched")
        if not cells or not chance or not enriched:
            return {}
        above = [(value - chance[name]) / (1 - chance[name]) for name, value in recall.items()]
        parts = {"pairs": float(np.mean(cells)), "recall": float(np.mean(above))}
        elution = list(self._of(metrics, ".all.nested_coelution").values())
        if elution:
            parts["coelution"] = elution[0] if half == "tune" else elution[:2][-1]
        guards = {name: float(np.mean(band)) for name, band in bands.items() if band}
        return parts | {"enriched": float(np.mean([*enriched.values()]))} | guards

    def relative(self, measured: Metrics, unit: Unit | None) -> Metrics:
        """Return the parts, each divided by the default's, as metrics of the map.

        Raises:
            ConfigError: If there is no default to divide by.
        """
        scaled = _scaled(measured, _given(unit))
        return {f"map.tune.{name}": value for name, value in scaled.items()}

    def value(self, measured: Metrics, unit: Unit | None) -> float:
        """Return the value of the objective; see the class.

        Raises:
            ConfigError: If there is no default to divide by, or no part of it counts.
        """
        unit = _given(unit)
        heard = self.heard(unit)
        scaled = {n: v for n, v in _scaled(measured, unit).items() if n in heard}
        floors = self.floors(unit)
        least = min(value - floors[name] for name, value in scaled.items())
        if least < 0:
            return least
        # A part whose floor is below chance may be so too: the mean is then 0, not that of a root.
        factors = [max(scaled[name], 0.0) for name in _factors(scaled) if name in scaled]
        return float(np.prod(factors) ** (1 / len(factors)))

    def floors(self, unit: Unit) -> Metrics:
        """Return the floor of each part, as a share of the default's."""
        return {name: 1 - max(self.margin, 2 * spread) for name, spread in unit.spread.items()}

    def heard(self, unit: Unit) -> tuple[str, ...]:
        """Return the parts that count: those with small variation over the default's seeds.

        Raises:
            ConfigError: If none does.
        """
        parts = tuple(
            name
            for name, spread in unit.spread.items()
            if spread <= self.noisiest and (unit.seeds > 1 or name not in GUARDS)
        )
        if not {"pairs", "recall"} & {*parts}:
            raise ConfigError(
                "eval.objective: the default map holds neither proteins of one term together nor "
                "any term at all more surely than chance, so that no map can be measured by it; "
                "use scoring=one_to_one_f1 or other references."
            )
        return parts

    def _of(self, metrics: Mapping[str, float], ending: str) -> Metrics:
        """Return the metrics of one kind by reference, without those kept apart."""
        named = {n.removesuffix(ending): v for n, v in metrics.items() if n.endswith(ending)}
        return {name: value for name, value in named.items() if name not in self.kept_apart}


def _given(unit: Unit | None) -> Unit:
    if unit is None:
        raise ConfigError("eval.objective: a map is measured by the default's; none was made.")
    return unit


def _scaled(measured: Metrics, unit: Unit) -> Metrics:
    """Return the parts divided by the default's; NaN where the default's is not above 0.

    Those that the default maps were not measured on, as in a study begun by an earlier version, are
    left out.
    """
    both = {name: value for name, value in measured.items() if name in unit.mean}
    return {n: v / unit.mean[n] if unit.mean[n] > 0 else math.nan for n, v in both.items()}


def _factors(parts: Metrics) -> tuple[str, ...]:
    return FACTORS if "coelution" in parts else WITHOUT_ELUTION
