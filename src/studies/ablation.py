"""Ablation study: components removed or replaced, over several seeds, with paired comparisons.

One primary metric decides; its p values are corrected for multiple testing. The other metrics are
exploratory: they suggest where to look next, and their p values are not corrected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .. import config
from ..config import split
from ..errors import ConfigError, DataError
from ..eval.catalogue import headlines
from ..eval.intervals import detectable, seeds_to_see
from ..launchers import Pool
from ..nodes.build import Config, Settings, build
from ..nodes.values import key_of
from ..stages import Parts, Pipeline
from ..store import Store
from ..terminal.console import LOG
from ..terminal.progress import tracked
from .ablation_tables import DEFAULT, FAMILYWISE_LEVEL
from .variants import HELD_OUT, objective_of, reseeded, scored, units_of, with_objective

CONCLUSIVE = 3.0
"""Detectable difference, in standard deviations over seeds, above which a warning is logged: of the
modalities in docs/sweeps.md, leaving one out changed the groups of CORUM by 2.8, other metrics by
more."""

MAP_METRICS = ("map.tune.objective", HELD_OUT)


@dataclass(frozen=True)
class Ablation:
    """The variants, seeds and metrics of an ablation study.

    Attributes:
        name: Of the ablation.
        variants: Name -> config; the first, ``default``, is what the others are compared with.
        seeds: Each variant is run with all of them.
        primary: The metric that decides.
        metrics: The compared metrics, the primary one first.
        correction: Of the primary p values: ``holm`` or ``bh``.
        pool: Launcher of the runs.
        folder: Output folder of the tables.
        overwrite: Whether an existing one is replaced.
    """

    name: str
    variants: Mapping[str, Settings]
    seeds: tuple[int, ...]
    primary: str
    metrics: tuple[str, ...]
    correction: str
    pool: Pool
    folder: Path
    overwrite: bool

    @classmethod
    def of(cls, words: Sequence[str]) -> Ablation:
        """Plan an ablation and check every variant.

        Args:
            words: Overrides of ``ablate`` and of ``run``.

        Raises:
            ConfigError: If a setting or a variant does not fit.
        """
        own, theirs = split(words, "ablate")
        settings = config.load("ablate", own)
        node, name = settings["ablation"], config.chosen("ablate", own)["ablation"]
        shared = [*node["overrides"], *theirs]
        default = config.load("run", _last(shared))
        changes: dict[str, list[str]] = dict(node["variants"])
        if node["each_modality"]:
            changes |= _each_modality(default["data"])
        variants = {DEFAULT: default}
        for variant, overrides in changes.items():
            variants[variant] = _composed(f"ablation.variants.{variant}", [*shared, *overrides])
        seeds, first = settings["seeds"], default["seed"]
        data, primary = config.chosen("run", shared)["data"], node["primary"]
        _check_primary(primary, default["data"])
        others = settings["metrics"] or (*MAP_METRICS, *headlines())
        return cls(
            f"{name}_{data}",
            variants,
            tuple(range(first, first + seeds)),
            primary,
            tuple(dict.fromkeys([primary, *others])),
            settings["correction"],
            Pool(
                build("launcher", settings["launcher"]),
                config.workers(settings),
                Path(default["store"]).absolute(),
            ),
            Path(settings["out"] or f"ablations/{name}_{data}").absolute(),
            settings["overwrite"],
        )

    def run(self) -> pd.DataFrame:
        """Run every variant with every seed, in parallel through the store; one row per metric.

        Columns: ``variant, seed, metric, value``. The power of the seeds is logged first. A variant
        that cannot be scored with one of the seeds, such as one whose map has no assembly, is left
        out with a warning, and the others are compared.

        Raises:
            DataError: If the default or every other variant cannot be scored, or a variant does
                not have the primary metric.
        """
        self._log_power()
        default = self.variants[DEFAULT]
        # Read once here, so that warnings are logged once and not by every worker.
        Pipeline.of(default, Store(Path(default["store"]))).read(default)
        runs = [(name, seed) for seed in self.seeds for name in self.variants]
        # Runs of one seed share its encoders, so workers start on different seeds.
        runs.sort(key=lambda run: list(self.variants).index(run[0]))
        settings = [(reseeded(self.variants[name], seed),) for name, seed in runs]
        maps = self.pool.spread(_metrics, settings)
        outcomes = [*zip(runs, tracked(maps, "maps", len(runs)), strict=True)]
        scored = self._scored(outcomes)
        objective = objective_of(Parts.of(default))
        units = units_of(objective, [metrics for (name, _), metrics in scored if name == DEFAULT])
        measured = [(run, with_objective(metrics, objective, units)) for run, metrics in scored]
        rows = [
            {"variant": name, "seed": seed, "metric": metric, "value": metrics[metric]}
            for (name, seed), metrics in measured
            for metric in self.metrics
            if metric in metrics
        ]
        values = pd.DataFrame(rows, columns=["variant", "seed", "metric", "value"])
        if (values["metric"] == self.primary).sum() < len(scored):
            raise DataError(
                f"ablation.primary={self.primary} was not measured of every variant; name a metric "
                f"that is, such as {', '.join(values['metric'].unique()[:5])}."
            )
        return values

    def _scored(
        self, outcomes: Sequence[tuple[tuple[str, int], dict[str, float] | str]]
    ) -> list[tuple[tuple[str, int], dict[str, float]]]:
        """Return the runs of variants that were scored with every seed; warn of the others.

        Raises:
            DataError: If the default is among the others, or nothing is left to compare it with.
        """
        failed: dict[str, str] = {}
        for (name, seed), outcome in outcomes:
            if isinstance(outcome, str):
                failed.setdefault(name, f"variant '{name}' with seed {seed}: {outcome}")
        if DEFAULT in failed or len(failed) == len(self.variants) - 1:
            raise DataError(failed.get(DEFAULT) or next(iter(failed.values())))
        for reason in failed.values():
            LOG.warning(f"left out of the comparison: {reason}")
        return [
            (run, outcome)
            for run, outcome in outcomes
            if run[0] not in failed and not isinstance(outcome, str)
        ]

    def _log_power(self) -> None:
        """Log the statistical power of the seeds before any work, and warn if it is too low."""
        seeds, tests = len(self.seeds), len(self.variants) - 1
        least = detectable(seeds, FAMILYWISE_LEVEL / tests)
        LOG.info(
            "%s decides: %d comparisons over %d seeds detect differences of %.2g standard "
            "deviations over seeds or more, at a power of 80 %%",
            self.primary,
            tests,
            seeds,
            least,
        )
        if least > CONCLUSIVE:
            LOG.warning(
                "%d seeds are too few to conclude for %d comparisons; with seeds=%d differences of "
                "%.2g standard deviations are detected",
                seeds,
                tests,
                seeds_to_see(CONCLUSIVE, FAMILYWISE_LEVEL / tests),
                CONCLUSIVE,
            )


@dataclass(frozen=True)
class AblationResult:
    """Result of an ablation study.

    Attributes:
        values: One row per variant, seed and metric: ``variant seed metric value``.
        comparison: One row per metric and variant, as `compared` returns it.
    """

    values: pd.DataFrame
    comparison: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return the comparison."""
        return self.comparison


def _metrics(settings: Settings) -> dict[str, float] | str:
    """Return the metrics of a run, or why it cannot be scored."""
    try:
        return scored(settings).metrics
    except DataError as error:
        return str(error)


def _check_primary(metric: str, data: Config) -> None:
    """Refuse a primary metric of a reference that the data set lacks.

    Raises:
        ConfigError: If it is of such a reference.
    """
    reference = metric.partition(".")[0]
    known = ["map", *data.get("references", {})]
    if reference not in known:
        raise ConfigError(
            f"ablation.primary={metric}: the data has no reference '{reference}'; name a metric of "
            f"{', '.join(known)}."
        )


def _each_modality(data: Config) -> dict[str, list[str]]:
    names = list(data["modalities"])
    if len(names) < 2:
        raise ConfigError("ablation=modalities needs data with at least two modalities.")
    variants = {f"{name} alone": [f"++data.fuse=[{name}]"] for name in names}
    if len(names) > 2:
        for left in names:
            rest = ",".join(name for name in names if name != left)
            variants[f"without {left}"] = [f"++data.fuse=[{rest}]"]
    return variants


def _composed(where: str, overrides: Sequence[str]) -> Settings:
    try:
        settings = config.load("run", _last(overrides))
        Parts.of(settings)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None
    return settings


def _last(overrides: Sequence[str]) -> list[str]:
    """Return the overrides; of several with the same key, the last."""
    return list({key_of(text): text for text in overrides}.values())
