"""Plots of scores: curves, sizes, profiles, nulls."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ...artifacts import Scores
from ...eval.catalogue import find
from ..criteria import criteria, stated
from ..words import reference_name, short_name
from .markup import Section, figure, html_table, section
from .plots import plain
from .score_plots import (
    PART_STYLES,
    Elution,
    Null,
    Recovery,
    Roc,
    elution_figure,
    null_figure,
    numbers,
    recovery_figure,
    roc_figure,
)
from .scoreboard import small, written

SIZES = {"4_10": "4 to 9", "10_50": "10 to 49", "50_500": "50 to 499"}


def evidence_pictures(scores: Scores) -> dict[str, go.Figure]:
    """Return the pictures that the scores have something to show in, by the id of their place."""
    tables, figures = scores.tables, scores.figures
    drawn = {}
    if rocs := _rocs(tables, figures):
        drawn["figure-roc"] = roc_figure(rocs)
    if recoveries := _recoveries(figures):
        drawn["figure-recovery"] = recovery_figure(recoveries)
    if elutions := _elutions(tables):
        drawn["figure-profiles"] = elution_figure(elutions)
    if nulls := _nulls(tables, figures):
        drawn["figure-nulls"] = null_figure(nulls)
    return drawn


def evidence_sections(scores: Scores, drawn: Mapping[str, object]) -> list[Section]:
    """Return the sections that hold those pictures."""
    found = []
    if {"figure-recovery", "figure-nulls"} & set(drawn):
        found.append(_against_chance(scores, drawn))
    if "figure-roc" in drawn:
        found.append(_retrieval(scores))
    if "figure-profiles" in drawn or len(scores.tables.get("unexpected", ())):
        found.append(_coelution(scores, drawn))
    return found


def _rocs(tables: Mapping[str, pd.DataFrame], figures: Mapping[str, float]) -> list[Roc]:
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
        interval = f"{figures[f'{at}.lo']:.3f} to {figures[f'{at}.hi']:.3f}"
        name = plain(reference_name(str(reference)))
        panels.append(Roc(f"{name}<br>macro AUROC {figures[at]:.3f} ({interval})", curves))
    return panels


def _recoveries(figures: Mapping[str, float]) -> list[Recovery]:
    panels = []
    for name in figures:
        reference, _, figure_name = name.partition(".all.")
        if figure_name != "terms":
            continue
        at = f"{reference}.all."
        of = [size for size in SIZES if figures.get(f"{at}terms_{size}", 0)]
        if of:
            panels.append(
                Recovery(
                    plain(reference_name(reference)),
                    [SIZES[size] for size in of],
                    numbers([figures[f"{at}terms_{size}"] for size in of]),
                    numbers([figures[f"{at}recovered_{size}"] for size in of]),
                    numbers([figures.get(f"{at}recovered_{size}.null_mean", 0) for size in of]),
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
        title = f"{plain(str(assembly))}{named.get(str(assembly), '')}"
        about = (
            f"{len(members)} of its proteins detected{_tested(tables, str(assembly), reference)}"
        )
        panels.append(Elution(f"{title}<br>{about}", members, numbers(others.loc[order])))
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
    return {str(a): f" · {plain(name)}" for a, name in zip(best["assembly"], cut, strict=True)}


def _tested(tables: Mapping[str, pd.DataFrame], assembly: str, reference: object) -> str:
    table = tables.get("coelution")
    if table is None or "matched_p" not in table:
        return ""
    row = table[(table["assembly"] == assembly) & (table["reference"] == reference)]
    p = float(row["matched_p"].iloc[0]) if len(row) else np.nan
    return f", p {small(p)}" if np.isfinite(p) else ""


def _nulls(tables: Mapping[str, pd.DataFrame], figures: Mapping[str, float]) -> list[Null]:
    if "nulls" not in tables:
        return []
    whole = tables["nulls"][tables["nulls"]["part"] == "all"]
    panels = []
    for (reference, name), rows in whole.groupby(["reference", "figure"], sort=False):
        at = f"{reference}.all.{name}"
        metric = find(str(reference), str(name))
        if metric is not None and metric.drawn and at in figures and len(rows) > 1:
            found = written(figures[at], metric.form)
            title = f"{plain(short_name(str(reference)))}: {plain(metric.drawn)}, {found}"
            panels.append(Null(title, numbers(rows["value"]), figures[at]))
    return panels


def _against_chance(scores: Scores, drawn: Mapping[str, object]) -> Section:
    body = ""
    if "figure-recovery" in drawn:
        body += figure(
            "figure-recovery",
            "Share of known sets recovered, by their size",
            stated(
                "Share of known sets that some assembly matches at Jaccard ≥ "
                "{terms.recovered_at}, by the number of their proteins in the data; grey: mean "
                "over maps whose protein labels are permuted. A map can be good at complexes and "
                "poor at compartments, or the reverse.",
                criteria(scores),
            ),
        )
    if "figure-nulls" in drawn:
        body += figure(
            "figure-nulls",
            "Histograms of figures on permuted maps, with the map's own",
            "Each figure (red) beside the same figure of maps with the same sizes and the same "
            "tree whose protein labels are permuted (grey). Where red stands among grey, the "
            "figure says nothing of this map.",
        )
    return Section("chance", "Against chance", section("chance", "Sizes, and chance", body))


def _retrieval(scores: Scores) -> Section:
    early = []
    for reference, rows in scores.tables["roc"].groupby("reference", sort=False):
        of = rows[rows["part"] == rows["part"].iloc[0]]
        share = np.interp(
            0.01, numbers(of["false_positive_rate"]), numbers(of["true_positive_rate"])
        )
        early.append(f"{share:.0%} of the pairs in {escape(short_name(str(reference)))}")
    caption = (
        "Are proteins of one known set near each other in the embedding? Pairs are taken from the "
        "nearest on; the curve rises with each pair of one set, and runs right with each that "
        f"shares none. Letting in 1 % of the unrelated pairs finds {' and '.join(early)}. In the "
        "title the mean over sets, each counted once, with its 95 % interval."
    )
    body = figure("figure-roc", "ROC curves of the embedding", caption)
    return Section("retrieval", "Embedding", section("retrieval", "Who is near whom", body))


def _coelution(scores: Scores, drawn: Mapping[str, object]) -> Section:
    body = ""
    if "figure-profiles" in drawn:
        body += figure(
            "figure-profiles",
            "Elution profiles of assemblies",
            "Proteins of one complex leave the column in the same fractions. Lines: members of an "
            "assembly, each scaled to its highest fraction; point at one for its name. Shade: "
            "the middle half of all other proteins. A member whose line goes its own way "
            "is not in the complex, or mostly outside it.",
        )
    if len(scores.tables.get("unexpected", ())):
        body += _unexpected(scores)
    return Section("coelution", "Co-elution", section("coelution", "What elutes together", body))


def _unexpected(scores: Scores) -> str:
    members = scores.tables["unexpected"]
    supported = int(members["supported"].astype(bool).sum())
    told = [
        f"{value:.0%} of these by {escape(reference_name(name.partition('.')[0]))}"
        for name, value in scores.figures.items()
        if name.endswith(".unexpected_auroc")
    ]
    shown = members.drop(columns="supported").head(30)
    bar = stated("FDR {coelution.fdr%}", criteria(scores))
    return (
        f"<h3>Members that the known term does not hold</h3><p>{len(members):,} members of "
        "assemblies that match a known set are not in that set. Each was compared with proteins "
        "of like detection and amount in how it elutes with the rest of the assembly. On average "
        f"a member is more alike than {' and '.join(told)} (half by chance); one by one "
        f"{supported:,} stand out at {bar}. The first are the best candidates.</p>"
        f"<details><summary>The first {len(shown)}</summary>"
        f"{html_table(shown, 'unexpected')}</details>"
    )
