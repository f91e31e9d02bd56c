"""Plots of scores: curves, sizes, profiles, nulls."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ...artifacts import Scores
from ...eval.catalogue import find
from ..criteria import criteria, stated
from ..words import reference_name, short_name
from .markup import Section, html_table, section
from .plotly_text import plain
from .score_plots import (
    PART_STYLES,
    Elution,
    Null,
    Recovery,
    Roc,
    elution_plot,
    null_plot,
    numbers,
    recovery_plot,
    roc_plot,
)
from .scoreboard import small, written

SIZES = {"4_10": "4 to 9", "10_50": "10 to 49", "50_500": "50 to 499"}


def evidence_pictures(scores: Scores) -> dict[str, go.Figure]:
    """Return the pictures that the scores have something to show in, by the id of their place."""
    tables, metrics = scores.tables, scores.metrics
    drawn = {}
    if rocs := _rocs(tables, metrics):
        drawn["plot-roc"] = roc_plot(rocs)
    if recoveries := _recoveries(metrics):
        drawn["plot-recovery"] = recovery_plot(recoveries)
    if elutions := _elutions(tables):
        drawn["plot-profiles"] = elution_plot(elutions)
    if nulls := _nulls(tables, metrics):
        drawn["plot-nulls"] = null_plot(nulls)
    return drawn


def evidence_sections(scores: Scores, drawn: Mapping[str, object]) -> list[Section]:
    """Return the sections that hold those pictures."""
    sections = []
    if {"plot-recovery", "plot-nulls"} & set(drawn):
        sections.append(_against_chance(scores, drawn))
    if "plot-roc" in drawn:
        sections.append(_retrieval(scores))
    if "plot-profiles" in drawn or len(scores.tables.get("unexpected", ())):
        sections.append(_coelution(scores, drawn))
    return sections


def _rocs(tables: Mapping[str, pd.DataFrame], metrics: Mapping[str, float]) -> list[Roc]:
    panels = []
    for reference, rows in (
        tables["roc"].groupby("reference", sort=False) if "roc" in tables else ()
    ):
        curves = {
            str(part): (numbers(of["false_positive_rate"]), numbers(of["true_positive_rate"]))
            for part, of in rows.groupby("part", sort=False)
            if part in PART_STYLES
        }
        part = "all" if "all" in curves else next(iter(curves))
        at = f"{reference}.{part}.macro_auroc"
        interval = f"{metrics[f'{at}.lo']:.3f} to {metrics[f'{at}.hi']:.3f}"
        title = plain(reference_name(str(reference)), f"macro AUROC {metrics[at]:.3f} ({interval})")
        panels.append(Roc(title, curves))
    return panels


def _recoveries(metrics: Mapping[str, float]) -> list[Recovery]:
    panels = []
    for name in metrics:
        reference, _, metric_name = name.partition(".all.")
        if metric_name != "terms":
            continue
        at = f"{reference}.all."
        of = [size for size in SIZES if metrics.get(f"{at}terms_{size}", 0)]
        if of:
            panels.append(
                Recovery(
                    plain(reference_name(reference)),
                    [SIZES[size] for size in of],
                    numbers([metrics[f"{at}terms_{size}"] for size in of]),
                    numbers([metrics[f"{at}recovered_{size}"] for size in of]),
                    numbers([metrics.get(f"{at}recovered_{size}.null_mean", 0) for size in of]),
                )
            )
    return panels


def _elutions(tables: Mapping[str, pd.DataFrame]) -> list[Elution]:
    if "profiles" not in tables:
        return []
    named = _called(tables)
    panels = []
    for (assembly, reference), rows in tables["profiles"].groupby(
        ["assembly", "reference"], sort=False
    ):
        mine = rows[rows["kind"] == "member"]
        others = rows[rows["kind"] != "member"].pivot(
            index="kind", columns="fraction", values="amount"
        )
        members = {
            str(name): numbers(of["amount"]) for name, of in mine.groupby("protein", sort=False)
        }
        order = [
            kind for kind in ("lower quartile", "median", "upper quartile") if kind in others.index
        ]
        title = f"{assembly}{named.get(str(assembly), '')}"
        about = (
            f"{len(members)} of its proteins detected{_tested(tables, str(assembly), reference)}"
        )
        panels.append(Elution(plain(title, about), members, numbers(others.loc[order])))
    return panels


def _called(tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Return what each assembly resembles, shortened, as `` · name``."""
    terms = tables.get("assemblies_terms")
    if terms is None:
        return {}
    known = terms[terms["class"].isin(["documented", "variant"])]
    best = known.sort_values("jaccard", ascending=False, kind="stable").drop_duplicates("assembly")
    names = best["description"].where(best["description"].fillna("") != "", best["term"])
    cut = [name if len(name) <= 30 else f"{name[:29].rstrip()}…" for name in names.astype(str)]
    return {str(a): f" · {name}" for a, name in zip(best["assembly"], cut, strict=True)}


def _tested(tables: Mapping[str, pd.DataFrame], assembly: str, reference: object) -> str:
    table = tables.get("coelution")
    if table is None or "matched_p" not in table:
        return ""
    row = table[(table["assembly"] == assembly) & (table["reference"] == reference)]
    p = float(row["matched_p"].iloc[0]) if len(row) else np.nan
    return f", p {small(p)}" if np.isfinite(p) else ""


def _nulls(tables: Mapping[str, pd.DataFrame], metrics: Mapping[str, float]) -> list[Null]:
    if "nulls" not in tables:
        return []
    whole = tables["nulls"][tables["nulls"]["part"] == "all"]
    panels = []
    for (reference, name), rows in whole.groupby(["reference", "metric"], sort=False):
        at = f"{reference}.all.{name}"
        metric = find(str(reference), str(name))
        if metric is not None and metric.drawn and at in metrics and len(rows) > 1:
            value = written(metrics[at], metric.form)
            title = plain(f"{short_name(str(reference))}: {metric.drawn}, {value}")
            panels.append(Null(title, numbers(rows["value"]), metrics[at]))
    return panels


def _against_chance(scores: Scores, drawn: Mapping[str, object]) -> Section:
    return section(
        "chance",
        "Against chance",
        "Sizes, and chance",
        recovery="plot-recovery" in drawn,
        nulls="plot-nulls" in drawn,
        recovered_at=stated("{terms.recovered_at}", criteria(scores)),
    )


def _retrieval(scores: Scores) -> Section:
    early = []
    for reference, rows in scores.tables["roc"].groupby("reference", sort=False):
        of = rows[rows["part"] == rows["part"].iloc[0]]
        share = np.interp(
            0.01, numbers(of["false_positive_rate"]), numbers(of["true_positive_rate"])
        )
        early.append(f"{share:.0%} of the pairs in {short_name(str(reference))}")
    return section(
        "retrieval", "Embedding", "Neighbours in the embedding", early=" and ".join(early)
    )


def _coelution(scores: Scores, drawn: Mapping[str, object]) -> Section:
    return section(
        "coelution",
        "Co-elution",
        "What elutes together",
        profiles="plot-profiles" in drawn,
        unexpected=_unexpected(scores) if len(scores.tables.get("unexpected", ())) else None,
    )


def _unexpected(scores: Scores) -> dict[str, object]:
    """Return what is said of members that the known term of their assembly does not hold."""
    members = scores.tables["unexpected"]
    phrases = [
        f"{value:.0%} of these by {reference_name(name.partition('.')[0])}"
        for name, value in scores.metrics.items()
        if name.endswith(".unexpected_auroc")
    ]
    shown = members.drop(columns="supported").head(30)
    return {
        "members": len(members),
        "supported": int(members["supported"].astype(bool).sum()),
        "phrases": " and ".join(phrases),
        "fdr": stated("{coelution.fdr%}", criteria(scores)),
        "shown": len(shown),
        "table": html_table(shown, "unexpected"),
    }
