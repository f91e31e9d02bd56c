"""Thresholds that a report states and applies are those of the evaluation that scored the run."""

from dataclasses import replace
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

from cytoweave import config
from cytoweave.artifacts import Scores
from cytoweave.nodes.build import build
from cytoweave.report import RunResult, read_run, write_run
from cytoweave.report.annotations import annotate

METRICS = {
    "corum.all.enriched": 0.5,
    "corum.all.recovered": 3,
    "corum.all.terms": 9,
    "corum.all.terms_4_10": 9,
    "corum.all.recovered_4_10": 3,
    "corum.all.knn_precision": 0.4,
    "sec.all.validated": 2,
    "sec.all.coeluting": 2,
    "sec.all.unexpected": 1,
    "truth.all.recovered": 0.5,
}
OTHER = (
    "terms.jaccard=0.2",
    "terms.recovered_at=0.4",
    "truth.recovered_at=0.3",
    "coelution.fdr=0.1",
    "pairs.neighbours=7",
)
STATED = (
    "(Jaccard ≥ 0.2, FDR < 0.05)",
    "some assembly matches at Jaccard ≥ 0.4. Ignores assemblies",
    "true assemblies that some assembly matches at Jaccard ≥ 0.3",
    "Share of known sets that some assembly matches at Jaccard ≥ 0.4, by",
    "(rank-sum test, FDR 10 %)",
    "each assembly one unit, FDR 10 %)",
    "significant at FDR 10 %. One experiment",
    "single tests call 1 at FDR 10 %. The first",
    "Share of the 7 nearest annotated proteins",
    "no term of Jaccard ≥ 0.2 and FDR < 0.05",
)


def rescored(run: RunResult, *overrides: str) -> RunResult:
    """Return the run scored with these settings, an assembly AB with a term of Jaccard .6, FDR .03.

    The settings are all that the evaluation itself adds: it is given no reference.
    """
    evaluation = build("eval", config.load("run", overrides)["eval"])
    own = evaluation(hierarchy=run.hierarchy, embedding=None, references={}, seed=0)
    terms = run.scores.tables["assemblies_terms"].copy()
    terms.loc[terms["assembly"] == "AB", "fdr"] = 0.03
    unexpected = pd.DataFrame(
        [("A", "sec", "P02", 0.01, True)],
        columns=["assembly", "reference", "protein", "p", "supported"],
    )
    tables = run.scores.tables | {"assemblies_terms": terms, "unexpected": unexpected}
    return replace(run, scores=Scores(run.scores.metrics | METRICS, tables | own.tables))


@pytest.mark.parametrize(
    ("option", "kind"), [("default", "undocumented"), ("toolkit", "documented")]
)
def test_an_assembly_is_documented_where_its_term_was_accepted(
    run: RunResult, option: str, kind: str, tmp_path: Path
) -> None:
    scored = rescored(run, f"eval={option}")
    (tmp_path / "config.yaml").write_text("title: x\n")
    write_run(tmp_path, scored)
    table = pd.read_csv(tmp_path / "assemblies.tsv", sep="\t", index_col="id")
    assert table.loc["AB", "class"] == kind
    page = unescape((tmp_path / "report.html").read_text())
    assert f"<strong>{3 if kind == 'documented' else 2}</strong> documented" in page
    repeated = read_run(tmp_path)
    assert annotate(repeated.hierarchy, repeated.scores).best.loc["AB", "class"] == kind


def test_sentences_of_the_page_state_the_settings(run: RunResult, tmp_path: Path) -> None:
    settings = [f"eval.{setting}" for setting in OTHER]
    write_run(tmp_path, rescored(run, "eval=toolkit", *settings))
    page = unescape((tmp_path / "report.html").read_text())
    for text in STATED:
        assert text in page, text


def test_a_run_of_an_older_version_states_the_published_values(
    run: RunResult, tmp_path: Path
) -> None:
    scored = rescored(run)
    tables = {name: table for name, table in scored.scores.tables.items() if name != "criteria"}
    write_run(tmp_path, replace(scored, scores=Scores(scored.scores.metrics, tables)))
    page = unescape((tmp_path / "report.html").read_text())
    for text in ("(Jaccard ≥ 0.1, FDR < 0.01)", "matches at Jaccard ≥ 0.5.", "FDR 5 %", "10 near"):
        assert text in page, text
