"""Metrics are declared once: what tables, page, terminal, objective and documentation read."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cytoweave.eval
from cytoweave.artifacts import ElutionProfiles, Embedding, Hierarchy, Scores, TermSet
from cytoweave.errors import ConfigError
from cytoweave.eval import Evaluation, WeightedMetrics, catalogue
from cytoweave.eval.catalogue import Metric, find, headlines, metrics, register
from cytoweave.eval.evaluation import Reference
from cytoweave.eval.objective import GUARDS, PARTS
from cytoweave.report.page.evidence import evidence_pictures
from cytoweave.report.page.scores import score_section
from cytoweave.terminal import console

DOCS = Path(__file__).parents[2] / "docs" / "evaluation.md"
OF_STUDIES = {"robust", "returns", "needs_all", "objective", *PARTS, *GUARDS}


@pytest.fixture
def mine(monkeypatch: pytest.MonkeyPatch) -> Metric:
    """Register a metric as another package would, and forget it afterwards."""
    monkeypatch.setattr(catalogue, "_METRICS", dict(catalogue._METRICS))
    return register(
        Metric(
            "depth_error",
            "Depth <error>",
            "How far assemblies lie from depth {mine.depth}.",
            chance=0.8,
            increasing=False,
            headline=("all",),
            drawn="depth error",
        )
    )


def test_every_metric_is_measured_and_in_its_range(
    random_map: Hierarchy, random_terms: TermSet
) -> None:
    rng = np.random.default_rng(8)
    embedding = Embedding.of_modality("x", random_map.proteins, rng.normal(size=(150, 6)))
    amounts = rng.random((1, 90, 12)).astype(np.float32)
    halves = {name: (name, set(random_map.members(name)[::2])) for name in random_map.names[1:]}
    references: dict[str, Reference] = {
        "corum": random_terms,
        "halves": TermSet.from_sets(halves),
        "sec": ElutionProfiles(random_map.proteins[40:130], amounts),
        "truth": random_map,
    }
    evaluation = Evaluation(nulls=2, bootstrap=9)
    values = evaluation(
        hierarchy=random_map, embedding=embedding, references=references, seed=0
    ).metrics
    measured = set()
    for name, value in values.items():
        reference, _, last = name.split(".", 2)
        metric = find(reference, last)
        if metric is not None:
            measured.add((metric.reference, metric.name))
            low, high = metric.range
            assert low <= value <= high, name
    declared = {(metric.reference, metric.name) for metric in metrics()}
    assert declared - measured == {("map", name) for name in OF_STUDIES} | {("", "pairs_large")}


def test_ranges_and_best_values() -> None:
    recovered, share = find("corum", "recovered"), find("truth", "recovered")
    assert recovered is not None
    assert share is not None
    assert (recovered.range, recovered.best) == ((0, math.inf), math.inf)
    assert (share.range, share.best) == ((0, 1), 1)
    assert find("corum", "universe") is None


def test_headlines_stand_by_reference_in_the_order_of_the_catalogue(mine: Metric) -> None:
    names = headlines(["other.all.depth_error", "other.tune.depth_error"])
    assert names[:3] == ["map.all.assemblies", "map.tune.objective", "map.all.robust"]
    corum = [name for name in names if name.startswith("corum")]
    assert corum[:2] == ["corum.all.recovered", "corum.all.recovered_groups"]
    assert names.index("truth.all.mean_best_jaccard") < names.index(corum[0])
    assert names[-1] == "other.all.depth_error"
    assert len(names) == len(set(names))


def test_a_reference_of_any_name_has_headlines() -> None:
    names = headlines(["complexes.all.recovered", "hela.all.coeluting", "map.all.assemblies"])
    assert {"complexes.all.recovered", "complexes.held_out.recovered_groups"} < set(names)
    assert "hela.all.coeluting" in names
    assert "hela.all.assemblies" not in names


def test_a_metric_is_declared_once(mine: Metric) -> None:
    with pytest.raises(ConfigError, match=r"'depth_error' is declared already \('Depth <error>'\)"):
        register(Metric("depth_error", "Again", ""))
    register(Metric("depth_error", "Of one reference", "", reference="corum"))
    assert find("corum", "depth_error") != find("hpa", "depth_error") == mine
    with pytest.raises(ConfigError, match=r"one word without dots, got 'a\.b'"):
        register(Metric("a.b", "Dotted", ""))


def test_a_registered_metric_is_shown_by_page_and_terminal(
    mine: Metric, capsys: pytest.CaptureFixture[str]
) -> None:
    values = {"other.all.depth_error": 0.25, "other.all.depth_error.null_mean": 0.5}
    nulls = pd.DataFrame(
        {"part": "all", "reference": "other", "metric": "depth_error", "value": [0.4, 0.6]}
    )
    settings = pd.DataFrame({"setting": ["mine.depth"], "value": ["3"]})
    scores = Scores(values, {"nulls": nulls, "criteria": settings})
    html = score_section(scores).html
    assert "Depth &lt;error&gt;" in html
    assert "How far assemblies lie from depth 3." in html
    titles = [note.text for note in evidence_pictures(scores)["plot-nulls"].layout.annotations]
    assert titles == ["other: depth error, 0.25"]
    console.show_scores(values, headlines(values))
    assert "other.all.depth_error" in capsys.readouterr().out


def test_an_objective_takes_chance_and_direction_from_the_catalogue(mine: Metric) -> None:
    objective = WeightedMetrics({"other.all.depth_error": 1.0})
    scaled = [
        objective.value(objective.measured({"other.all.depth_error": error}))
        for error in (0.2, 0.8)
    ]
    assert scaled == pytest.approx([0.75, 0])


def test_the_documented_table_is_that_of_the_code() -> None:
    assert catalogue.table() in DOCS.read_text(encoding="utf-8")


def test_names_of_the_package_are_loaded_when_asked_for() -> None:
    assert all(hasattr(cytoweave.eval, name) for name in cytoweave.eval.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = cytoweave.eval.nothing
