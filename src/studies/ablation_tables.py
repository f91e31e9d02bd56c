"""Tables and page of an ablation study: differences paired by seed, with tests and intervals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ..artifacts import write_tsv
from ..eval.intervals import detectable, estimate, holm, seeds_to_see
from ..eval.terms.enrichment import benjamini_hochberg
from ..terminal.console import bounded
from .sweep.page import write_page

DEFAULT = "default"
"""The unchanged experiment."""

FAMILYWISE_LEVEL = 0.05
"""Two-sided family-wise level of the primary tests."""

EXPLORATORY = (
    "Means with 95 % t intervals; differences from the default in pairs of one seed. Only the "
    "primary metric decides, its p values corrected for their number; the others are exploratory: "
    "their p values are not corrected, and what they show is to be tested anew."
)


def compared(values: pd.DataFrame, primary: str, correction: str) -> pd.DataFrame:
    """Return each metric of each variant with its interval and its paired difference.

    Columns: ``metric, role, variant, seeds, mean, lo, hi, difference, difference_lo,
    difference_hi, p, p_corrected, detectable``. The difference is that from ``default`` with the
    same seed. ``role`` is ``primary``, whose p values are corrected for multiple testing, or
    ``exploratory``, whose are not. ``detectable`` is the smallest true difference that this number
    of seeds detects at a power of 80 %, given the variance of the differences over seeds. Metrics
    that some variant lacks are left out.

    Args:
        values: As `Ablation.run` returns them.
        primary: The metric that decides.
        correction: ``holm`` or ``bh``.
    """
    wide = values.pivot_table(index=["metric", "seed"], columns="variant", values="value")
    names = [DEFAULT, *(n for n in values["variant"].drop_duplicates() if n != DEFAULT)]
    rows: list[dict[str, object]] = []
    for metric in values["metric"].drop_duplicates():
        table = wide.loc[metric].reindex(columns=names)
        if not table.isna().to_numpy().any():
            role = "primary" if metric == primary else "exploratory"
            level = FAMILYWISE_LEVEL / (len(names) - 1) if role == "primary" else FAMILYWISE_LEVEL
            rows += [{"metric": metric, "role": role} | row for row in _rows(table, level)]
    table = pd.DataFrame(rows).sort_values("role", ascending=False, kind="stable")
    table.insert(list(table.columns).index("p") + 1, "p_corrected", np.nan)
    tested = ((table["role"] == "primary") & table["p"].notna()).to_numpy()
    p = table.loc[tested, "p"].to_numpy(float)
    table.loc[tested, "p_corrected"] = holm(p) if correction == "holm" else benjamini_hochberg(p)
    return table.reset_index(drop=True)


def _rows(table: pd.DataFrame, level: float) -> Iterator[dict[str, object]]:
    """Yield one row per variant of a metric: mean, difference, detectable difference."""
    for name in table.columns:
        own = estimate(table[name].to_numpy(float))
        row: dict[str, object] = {"variant": name, "seeds": len(table)}
        row |= {"mean": own.mean, "lo": own.low, "hi": own.high}
        if name != DEFAULT:
            differences = (table[name] - table[DEFAULT]).to_numpy(float)
            gap, spread = estimate(differences), float(differences.std(ddof=1))
            row |= {"difference": gap.mean, "difference_lo": gap.low, "difference_hi": gap.high}
            row |= {"p": gap.p, "detectable": detectable(len(table), level) * spread}
        yield row


def conclusions(table: pd.DataFrame) -> list[str]:
    """Return one sentence per variant: what the primary metric shows, or cannot show.

    Args:
        table: As `compared` returns it.
    """
    rows = table[(table["role"] == "primary") & (table["variant"] != DEFAULT)]
    numbers = rows.drop(columns=["metric", "role", "variant"]).astype(float)
    named = zip(rows["variant"], rows["metric"], numbers.iterrows(), strict=True)
    return [
        _conclusion(variant, metric, row, FAMILYWISE_LEVEL / len(rows))
        for variant, metric, (_, row) in named
    ]


def _conclusion(variant: str, metric: str, row: pd.Series[float], level: float) -> str:
    gap, seeds = row["difference"], int(row["seeds"])
    change = f"{row['difference_lo']:+.3g} .. {row['difference_hi']:+.3g}"
    what = f"{variant}: {metric} {gap:+.3g} ({change}"
    if np.isnan(row["p"]):
        return f"{what}): alike with every seed, so that no test can say how sure it is."
    what += f", p = {row['p_corrected']:.2g})"
    if row["p_corrected"] < FAMILYWISE_LEVEL:
        return f"{what}: {'higher' if gap > 0 else 'lower'} than the default."
    if row["detectable"] == 0:
        return f"{what}: the same with every seed."
    wanted = seeds_to_see(gap * detectable(seeds, level) / row["detectable"], level)
    needed = f"as large a one needs seeds={wanted}" if wanted else "as small a one needs too many"
    return (
        f"{what}: cannot tell; {seeds} seeds see no true difference below "
        f"{row['detectable']:.3g} at a power of 80 %, {needed}."
    )


def markdown(table: pd.DataFrame) -> str:
    """Return a table of metrics by variants: mean (interval); difference, p."""
    names = list(table["variant"].drop_duplicates())
    lines = ["| metric | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for metric, rows in table.groupby("metric", sort=False):
        cells = []
        for row in rows.to_dict("records"):
            text = bounded(row["mean"], row["lo"], row["hi"])
            if row["variant"] != DEFAULT:
                p = row["p_corrected"] if row["role"] == "primary" else row["p"]
                text += f"; {row['difference']:+.3g}"
                text += f", p {p:.2g}" if np.isfinite(p) else ""
            cells.append(text)
        role = " (primary)" if (rows["role"] == "primary").all() else ""
        lines.append(f"| {metric}{role} | " + " | ".join(cells) + " |")
    sentences = "".join(f"- {sentence}\n" for sentence in conclusions(table))
    return f"{sentences}\n{EXPLORATORY}\n\n" + "\n".join(lines) + "\n"


def write_ablation(folder: Path, name: str, values: pd.DataFrame, table: pd.DataFrame) -> None:
    """Write ``values.tsv``, ``ablation.tsv``, ``ablation.md`` and ``report.html``."""
    for stem, rows in (("values", values), ("ablation", table)):
        write_tsv(folder / f"{stem}.tsv", rows, "%.6g")
    (folder / "ablation.md").write_text(markdown(table))
    roles = dict(iter(table.drop(columns="role").groupby(table["role"])))
    write_page(
        folder / "report.html",
        title=name,
        kind="Ablation",
        lead=f"{' '.join(conclusions(table))} {EXPLORATORY}",
        tables={
            "Primary: decides, p corrected": roles["primary"],
            "Exploratory: p not corrected": roles.get("exploratory", table[:0]),
        },
        pictures={str(name): _picture(rows) for name, rows in table.groupby("metric", sort=False)},
    )


def _picture(rows: pd.DataFrame) -> go.Figure:
    below, above = rows["mean"] - rows["lo"], rows["hi"] - rows["mean"]
    bars = {"type": "data", "symmetric": False, "array": above, "arrayminus": below}
    points = go.Scatter(
        x=rows["mean"], y=rows["variant"], error_x=bars, mode="markers", marker={"size": 10}
    )
    return go.Figure(points).update_layout(
        xaxis_title=f"{rows['metric'].iloc[0]} (mean, 95 % interval)",
        yaxis={"autorange": "reversed"},
    )
