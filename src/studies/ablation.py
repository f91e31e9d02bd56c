"""Ablation: an experiment with parts taken out or replaced, over seeds, compared in pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from .. import config
from ..artifacts import write_tsv
from ..config import split
from ..errors import ConfigError
from ..eval.catalogue import headlines
from ..eval.intervals import estimate, holm
from ..eval.terms.enrichment import benjamini_hochberg
from ..nodes.build import Config, Settings
from ..nodes.values import key_of
from ..stages import Parts, Pipeline
from ..store import Store
from ..terminal.console import bounded
from ..terminal.progress import tracked
from ..terminal.workers import in_processes
from .sweep.page import write_page
from .variants import HELD_OUT, objective_of, reseeded, scored, units_of, with_objective

DEFAULT = "default"
"""The experiment with nothing taken out."""

MAP_FIGURES = ("map.tune.objective", HELD_OUT)


@dataclass(frozen=True)
class Ablation:
    """Which experiments are compared.

    Attributes:
        name: Of the ablation.
        variants: Name -> config; the first, ``default``, is what the others are compared with.
        seeds: Each variant is run with all of them.
        figures: What is compared.
        correction: ``holm`` or ``bh``.
        workers: Maps made at once.
        folder: Where the tables go.
        overwrite: Whether one that lies there is replaced.
    """

    name: str
    variants: Mapping[str, Settings]
    seeds: tuple[int, ...]
    figures: tuple[str, ...]
    correction: str
    workers: int
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
        data = config.chosen("run", shared)["data"]
        return cls(
            f"{name}_{data}",
            variants,
            tuple(range(first, first + seeds)),
            tuple(settings["figures"] or (*MAP_FIGURES, *headlines())),
            settings["correction"],
            config.workers(settings),
            Path(settings["out"] or f"ablations/{name}_{data}").absolute(),
            settings["overwrite"],
        )

    def run(self) -> pd.DataFrame:
        """Make every variant with every seed, in parallel through the store; one row per figure.

        Columns: ``variant, seed, figure, value``.
        """
        default = self.variants[DEFAULT]
        # Read once here, so that warnings are logged once and not by every worker.
        Pipeline.of(default, Store(Path(default["store"]))).read(default)
        ways = [(name, seed) for seed in self.seeds for name in self.variants]
        # Those of one seed share its encoders, so that workers start on different seeds.
        ways.sort(key=lambda way: list(self.variants).index(way[0]))
        settings = [(reseeded(self.variants[name], seed),) for name, seed in ways]
        runs = in_processes(_figures, settings, self.workers)
        made = [*zip(ways, tracked(runs, "maps", len(ways)), strict=True)]
        objective = objective_of(Parts.of(default))
        units = units_of(objective, [found for (name, _), found in made if name == DEFAULT])
        measured = [(way, with_objective(found, objective, units)) for way, found in made]
        rows = [
            {"variant": name, "seed": seed, "figure": figure, "value": found[figure]}
            for (name, seed), found in measured
            for figure in dict.fromkeys(self.figures)
            if figure in found
        ]
        return pd.DataFrame(rows)


@dataclass(frozen=True)
class AblationResult:
    """What an ablation found.

    Attributes:
        values: One row per variant, seed and figure: ``variant seed figure value``.
        comparison: One row per figure and variant, as `compared` returns it.
    """

    values: pd.DataFrame
    comparison: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return the comparison."""
        return self.comparison


def compared(values: pd.DataFrame, correction: str) -> pd.DataFrame:
    """Return each figure of each variant with its interval and its paired difference.

    Columns: ``figure, variant, seeds, mean, lo, hi, difference, difference_lo, difference_hi, p,
    p_corrected``; the difference is that from ``default`` with the same seed, p is corrected for
    all rows that have one. Figures that some variant lacks are left out.

    Args:
        values: As `Ablation.run` returns them.
        correction: ``holm`` or ``bh``.
    """
    wide = values.pivot_table(index=["figure", "seed"], columns="variant", values="value")
    names = [DEFAULT, *(n for n in values["variant"].drop_duplicates() if n != DEFAULT)]
    rows: list[dict[str, object]] = []
    for figure in values["figure"].drop_duplicates():
        table = wide.loc[figure].reindex(columns=names)
        if table.isna().to_numpy().any():
            continue
        for name in names:
            own = estimate(table[name].to_numpy(float))
            row = {"figure": figure, "variant": name, "seeds": len(table)}
            row |= {"mean": own.mean, "lo": own.low, "hi": own.high}
            if name != DEFAULT:
                gap = estimate((table[name] - table[DEFAULT]).to_numpy(float))
                row |= {"difference": gap.mean, "difference_lo": gap.low}
                row |= {"difference_hi": gap.high, "p": gap.p}
            rows.append(row)
    table = pd.DataFrame(rows)
    table["p_corrected"] = np.nan
    tested = table["p"].notna().to_numpy()
    p = table.loc[tested, "p"].to_numpy(float)
    table.loc[tested, "p_corrected"] = holm(p) if correction == "holm" else benjamini_hochberg(p)
    return table


def markdown(table: pd.DataFrame) -> str:
    """Return a table of figures by variants: mean (interval); difference, corrected p."""
    names = list(table["variant"].drop_duplicates())
    lines = ["| figure | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for figure, rows in table.groupby("figure", sort=False):
        cells = []
        for row in rows.to_dict("records"):
            text = bounded(row["mean"], row["lo"], row["hi"])
            if row["variant"] != DEFAULT:
                text += f"; {row['difference']:+.3g}"
                text += f", p {row['p_corrected']:.2g}" if np.isfinite(row["p_corrected"]) else ""
            cells.append(text)
        lines.append(f"| {figure} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def write_ablation(folder: Path, name: str, values: pd.DataFrame, table: pd.DataFrame) -> None:
    """Write ``values.tsv``, ``ablation.tsv``, ``ablation.md`` and ``report.html``."""
    for stem, rows in (("values", values), ("ablation", table)):
        write_tsv(folder / f"{stem}.tsv", rows, "%.6g")
    (folder / "ablation.md").write_text(markdown(table))
    seeds = int(table["seeds"].iloc[0])
    write_page(
        folder / "report.html",
        title=name,
        kind="Ablation",
        lead=f"{seeds} seeds; means with 95 % t intervals, differences from the default in pairs "
        "of one seed, p corrected for all rows.",
        tables={"Figures": table},
        pictures={str(name): _picture(rows) for name, rows in table.groupby("figure", sort=False)},
    )


def _picture(rows: pd.DataFrame) -> go.Figure:
    below, above = rows["mean"] - rows["lo"], rows["hi"] - rows["mean"]
    bars = {"type": "data", "symmetric": False, "array": above, "arrayminus": below}
    points = go.Scatter(
        x=rows["mean"], y=rows["variant"], error_x=bars, mode="markers", marker={"size": 10}
    )
    return go.Figure(points).update_layout(
        xaxis_title=f"{rows['figure'].iloc[0]} (mean, 95 % interval)",
        yaxis={"autorange": "reversed"},
    )


def _figures(settings: Settings) -> dict[str, float]:
    return scored(settings).figures


def _each_modality(data: Config) -> dict[str, list[str]]:
    names = list(data["modalities"])
    if len(names) < 2:
        raise ConfigError("ablation=modalities needs data with at least two modalities.")
    found = {f"{name} alone": [f"++data.fuse=[{name}]"] for name in names}
    if len(names) > 2:
        for left in names:
            rest = ",".join(name for name in names if name != left)
            found[f"without {left}"] = [f"++data.fuse=[{rest}]"]
    return found


def _composed(where: str, overrides: Sequence[str]) -> Settings:
    try:
        settings = config.load("run", _last(overrides))
        Parts.of(settings)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None
    return settings


def _last(overrides: Sequence[str]) -> list[str]:
    """Return the overrides, of those with one key the last."""
    return list({key_of(text): text for text in overrides}.values())
