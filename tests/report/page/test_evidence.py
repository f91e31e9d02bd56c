"""Pictures of scores: what is drawn of which tables, and a page of scores alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cytoweave.artifacts import Scores
from cytoweave.report import write_plots
from cytoweave.report.page.evidence import evidence_pictures, evidence_sections
from cytoweave.report.page.scores import score_section

from ..conftest import NASTY


def whole() -> Scores:
    """Return scores that everything can be drawn of."""
    steps = np.linspace(0, 1, 11)
    roc = pd.DataFrame(
        {
            "part": np.repeat(["all", "held_out"], 11),
            "reference": "corum",
            "false_positive_rate": np.tile(steps, 2),
            "true_positive_rate": np.tile(np.sqrt(steps), 2),
        }
    )
    nulls = pd.DataFrame(
        {
            "part": np.repeat(["all", "tune"], 20),
            "reference": "corum",
            "metric": "matching_f1",
            "value": np.tile(np.arange(20) / 100, 2),
        }
    )
    kinds = [("P1", "member"), (NASTY, "member"), ("", "median"), ("", "lower quartile"),
             ("", "upper quartile")]  # fmt: skip
    profiles = pd.DataFrame(
        [("A", "sec", name, kind, f, f / 4) for name, kind in kinds for f in range(1, 5)],
        columns=["assembly", "reference", "protein", "kind", "fraction", "amount"],
    )
    tested = pd.DataFrame({"assembly": ["A"], "reference": ["sec"], "matched_p": [0.0001]})
    terms = pd.DataFrame(
        [("A", "corum", "7", NASTY, 0.6, "documented")],
        columns=["assembly", "reference", "term", "description", "jaccard", "class"],
    )
    unexpected = pd.DataFrame(
        [("A", "sec", NASTY, 0.01, True)],
        columns=["assembly", "reference", "protein", "p", "supported"],
    )
    metrics = {
        "corum.all.macro_auroc": 0.8, "corum.all.macro_auroc.lo": 0.75,
        "corum.all.macro_auroc.hi": 0.85, "corum.all.matching_f1": 0.4, "corum.all.terms": 13,
        "corum.all.terms_4_10": 10, "corum.all.recovered_4_10": 4, "corum.all.terms_10_50": 3,
        "corum.all.recovered_4_10.null_mean": 1.0, "corum.all.recovered_10_50": 0,
        "corum.all.terms_50_500": 0, "sec.all.unexpected_auroc": 0.62,
    }  # fmt: skip
    tables = {"roc": roc, "nulls": nulls, "profiles": profiles, "coelution": tested,
              "assemblies_terms": terms, "unexpected": unexpected}  # fmt: skip
    return Scores(metrics, tables)


def titles(plot: object) -> list[str]:
    return [note.text for note in plot.layout.annotations]  # type: ignore[attr-defined]


def test_titles_say_what_the_curves_are_worth() -> None:
    drawn = evidence_pictures(whole())
    assert list(drawn) == ["plot-roc", "plot-recovery", "plot-profiles", "plot-nulls"]
    assert titles(drawn["plot-roc"]) == ["CORUM complexes<br>macro AUROC 0.800 (0.750 to 0.850)"]
    (profile,) = titles(drawn["plot-profiles"])
    assert profile.startswith("A · &lt;script&gt;")
    assert profile.endswith("<br>2 of its proteins detected, p 1 × 10⁻⁴")
    assert titles(drawn["plot-nulls"]) == ["CORUM: one-to-one F1, 0.4"]


def test_bars_are_shares_of_the_terms_of_a_size() -> None:
    result, chance = evidence_pictures(whole())["plot-recovery"].data
    assert list(result.x) == ["4 to 9", "10 to 49"]
    assert list(result.y) == [0.4, 0]
    assert list(result.text) == ["4 of 10", "0 of 3"]
    assert list(chance.y) == [0.1, 0]


def test_the_line_of_the_map_stands_beside_its_nulls() -> None:
    bars, line = evidence_pictures(whole())["plot-nulls"].data
    assert sum(bars.y) == 20  # of the whole reference alone
    assert set(line.x) == {0.4}


def test_sections_for_what_there_is() -> None:
    scores = whole()
    drawn = evidence_pictures(scores)
    result = evidence_sections(scores, drawn)
    assert [section.anchor for section in result] == ["chance", "retrieval", "coelution"]
    assert "reaches 3" in result[1].html
    assert (
        "more similar than 62% of these by Co-elution (SEC-MS) (half by chance)" in result[2].html
    )
    assert "single tests call 1 at FDR 5 %" in result[2].html
    assert evidence_pictures(Scores({})) == {}
    assert evidence_sections(Scores({}), {}) == []


@pytest.mark.parametrize("missing", ["assemblies_terms", "coelution"])
def test_profiles_need_no_other_table(missing: str) -> None:
    scores = whole()
    fewer = Scores(scores.metrics, {k: v for k, v in scores.tables.items() if k != missing})
    assert "plot-profiles" in evidence_pictures(fewer)


def test_a_page_of_scores_holds_the_pictures_and_escapes_names(tmp_path: Path) -> None:
    write_plots(tmp_path / "plots.html", whole(), "Scores of <mine>")
    text = (tmp_path / "plots.html").read_text()
    for anchor in ("plot-roc", "plot-recovery", "plot-profiles", "plot-nulls"):
        assert f'id="{anchor}"' in text
    assert "Scores of &lt;mine&gt;" in text
    assert NASTY not in text
    assert "const cytoweave" in text


def test_a_reference_is_told_with_its_halves_and_leakage() -> None:
    about = pd.DataFrame(
        {"terms": [3574], "reference": ["corum"], "groups": [1962], "largest_group": [0.0364],
         "tune": [1787], "held_out": [1787], "leakage": ["Known from <the same> purifications."]}
    )  # fmt: skip
    scores = whole()
    html = score_section(Scores(scores.metrics, {"references": about})).html
    assert "3,574 sets in 1,962 groups of similar ones" in html
    assert "the largest holds 3.6%. Known from &lt;the same&gt; purifications." in html
    assert "in one half" not in score_section(Scores(scores.metrics)).html
