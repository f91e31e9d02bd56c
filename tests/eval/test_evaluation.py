"""The whole evaluation: its metrics, tables, determinism and messages."""

import copy
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
import yaml

from cytoweave import config
from cytoweave.artifacts import ElutionProfiles, Embedding, Hierarchy, Network, Scores, TermSet
from cytoweave.errors import ConfigError, DataError
from cytoweave.eval import Evaluation, Task, TermScoring
from cytoweave.eval.evaluation import Reference
from cytoweave.nodes.build import build
from cytoweave.nodes.moved import MOVED_SETTINGS
from cytoweave.nodes.values import put

from .conftest import MapBuilder, TermBuilder


@pytest.fixture(scope="module")
def embedding(random_map: Hierarchy) -> Embedding:
    vectors = np.random.default_rng(8).normal(size=(150, 6))
    return Embedding.of_modality("x", random_map.proteins, vectors)


@pytest.fixture(scope="module")
def references(random_map: Hierarchy, random_terms: TermSet) -> dict[str, Reference]:
    amounts = np.random.default_rng(9).random((2, 90, 12)).astype(np.float32)
    profiles = ElutionProfiles(random_map.proteins[40:130], amounts)
    return {"corum": random_terms, "sec": profiles, "truth": random_map}


@pytest.fixture(scope="module")
def scores(random_map: Hierarchy, embedding: Embedding, references: dict[str, Reference]) -> Scores:
    evaluation = Evaluation(nulls=4, bootstrap=50)
    return evaluation(hierarchy=random_map, embedding=embedding, references=references, seed=1)


def test_names_of_metrics(scores: Scores) -> None:
    nulled = ("enriched", "j50", "j20", "recovered", "recovered_groups", "mmr")
    expected = {f"corum.all.{metric}{of}" for metric in nulled for of in ("", ".null_mean", ".p")}
    expected |= {f"corum.all.{metric}" for metric in ("assemblies", "undocumented", "terms")}
    expected |= {f"corum.all.{metric}" for metric in ("groups", "universe", "auroc", "ap_1to10")}
    expected |= {f"corum.all.macro_auroc{end}" for end in ("", ".lo", ".hi")}
    expected |= {"corum.all.cliffs_delta", "map.all.assemblies", "map.all.missing"}
    expected |= {"map.all.distinct", "sec.all.validated", "sec.all.tested"}
    expected |= {"sec.all.neighbours_auroc", "truth.all.mean_best_jaccard.lo"}
    expected |= {"truth.all.complexes_mean_best_jaccard.null_mean", "truth.all.f1"}
    assert expected <= set(scores.metrics)
    assert scores.metrics["truth.all.mean_best_jaccard"] == 1
    assert scores.metrics["corum.all.assemblies"] == scores.metrics["map.all.assemblies"] == 25


def test_metrics_are_plain_finite_numbers(scores: Scores) -> None:
    assert {type(value) for value in scores.metrics.values()} <= {int, float}
    assert json.loads(json.dumps(scores.metrics, allow_nan=False)) == scores.metrics


def test_tables_say_what_the_metrics_count(scores: Scores) -> None:
    tables, metrics = scores.tables, scores.metrics
    terms = {"assemblies_terms", "terms", "recovery", "nulls", "roc", "splits", "references"}
    assert set(tables) == {*terms, "coelution", "truth", "unexpected", "criteria"}
    nulls = tables["nulls"].groupby(["reference", "part", "metric"])["value"]
    corum = tables["nulls"][tables["nulls"]["reference"] == "corum"]
    assert corum.groupby(["part", "metric"]).size().eq(4).all()
    assert nulls.mean()["corum", "tune", "mmr"] == metrics["corum.tune.mmr.null_mean"]
    assert metrics["corum.all.terms_10_50"] == tables["terms"]["size"].between(10, 49).sum()
    assert tables["coelution"]["coelutes"].sum() == metrics["sec.all.coeluting"]
    halves = tables["splits"]["part"].value_counts()
    assert halves.sum() == 40
    assert abs(halves["tune"] - halves["held_out"]) <= 1
    kinds = tables["assemblies_terms"]["class"].value_counts()
    for kind, metric in (("documented", "j50"), ("variant", "j20"), ("undocumented",) * 2):
        assert kinds.get(kind, 0) == metrics[f"corum.all.{metric}"]
    assert tables["terms"]["recovered"].sum() == metrics["corum.all.recovered"]
    assert tables["terms"]["group"].nunique() == metrics["corum.all.groups"]
    assert tables["coelution"]["validated"].sum() == metrics["sec.all.validated"]
    assert tables["truth"]["jaccard"].mean() == metrics["truth.all.mean_best_jaccard"]
    for name in set(tables) - {"criteria"}:
        assert set(tables[name]["reference"]) <= {"corum", "sec", "truth"}


def test_a_half_without_terms_gives_no_metrics_and_other_faults_are_told(
    build_map: MapBuilder, build_terms: TermBuilder
) -> None:
    terms = {"corum": build_terms({"X": "a b c d", "Y": "Q W E R"})}
    result = build_map({"A": "a b c"})
    metrics = Evaluation(nulls=2)(
        hierarchy=result, embedding=None, references=terms, seed=0
    ).metrics
    halves = {name.split(".")[1] for name in metrics if name.startswith("corum")}
    assert len(halves) == 2
    bare = build_map({})
    for part in ("all", "tune", "held_out"):
        with pytest.raises(DataError, match="the map holds no assembly below its root"):
            Evaluation(nulls=2, parts=(part,))._scored(
                "corum", Task(terms["corum"], bare, None, [0])
            ).score(TermScoring(), {})


def test_a_very_large_reference_gets_fewer_permuted_maps_and_says_so(
    random_map: Hierarchy, random_terms: TermSet, caplog: pytest.LogCaptureFixture
) -> None:
    pairs = len(random_map.names) * len(random_terms.terms)
    requested = Evaluation(nulls=14, max_null_pairs=12 * pairs, bootstrap=1)
    tables = requested(
        hierarchy=random_map, embedding=None, references={"go": random_terms}, seed=0
    ).tables
    drawn = tables["nulls"].groupby(["part", "metric"]).size()
    assert set(drawn) == {12}
    assert [record.getMessage() for record in caplog.records] == [
        f"Reference 'go': 12 permuted maps instead of 14, for time: {len(random_map.names):,} "
        f"assemblies x {len(random_terms.terms):,} terms (eval.max_null_pairs)."
    ]
    task = Task(random_terms, random_map, None, [0])
    assert Evaluation(nulls=14, max_null_pairs=1)._permuted_maps("go", task) == 10
    assert Evaluation(nulls=3, max_null_pairs=1)._permuted_maps("go", task) == 3


def test_genes_are_the_shared_proteins(scores: Scores) -> None:
    table = scores.tables["assemblies_terms"]
    assert [len(genes.split()) for genes in table["genes"]] == table["overlap"].tolist()


def test_scores_survive_the_store(scores: Scores, tmp_path: Path) -> None:
    scores.save(tmp_path)
    repeated = Scores.load(tmp_path)
    assert repeated.metrics == scores.metrics
    for name, table in scores.tables.items():
        blank = table.astype(object).mask(table == "", np.nan)
        pd.testing.assert_frame_equal(repeated.tables[name], blank, check_dtype=False)


def test_draws_do_not_depend_on_other_references(
    random_map: Hierarchy, embedding: Embedding, references: dict[str, Reference], scores: Scores
) -> None:
    evaluation = Evaluation(nulls=4, bootstrap=50)
    alone = evaluation(
        hierarchy=random_map,
        embedding=embedding,
        references={"corum": references["corum"]},
        seed=1,
    )
    assert alone.metrics.items() <= scores.metrics.items()
    other = evaluation(
        hierarchy=random_map,
        embedding=embedding,
        references={"corum": references["corum"]},
        seed=2,
    )
    assert not other.metrics.items() <= scores.metrics.items()


def test_a_map_alone_and_an_embedding_alone(
    random_map: Hierarchy, embedding: Embedding, references: dict[str, Reference], scores: Scores
) -> None:
    evaluation = Evaluation(nulls=4, bootstrap=50)
    of_map = evaluation(hierarchy=random_map, embedding=None, references=references, seed=1)
    of_vectors = evaluation(hierarchy=None, embedding=embedding, references=references, seed=1)
    assert of_map.metrics | of_vectors.metrics == scores.metrics
    assert not set(of_map.metrics) & set(of_vectors.metrics)
    assert set(of_vectors.tables) == {"roc", "splits", "references", "criteria"}


def test_the_references_named_alone_are_scored(
    random_map: Hierarchy, references: dict[str, Reference], caplog: pytest.LogCaptureFixture
) -> None:
    evaluation = Evaluation(nulls=2, references=("truth", "hpa"))
    metrics = evaluation(
        hierarchy=random_map, embedding=None, references=references, seed=1
    ).metrics
    assert {name.partition(".")[0] for name in metrics} == {"map", "truth"}
    assert "eval.references: the data has no hpa; scored: truth." in caplog.messages
    with pytest.raises(
        ConfigError, match=r"eval\.references: the data has none of hpa; it has cor"
    ):
        Evaluation(references=("hpa",))(
            hierarchy=random_map, embedding=None, references=references, seed=1
        )


def test_sweeps_score_what_their_objective_needs(
    random_map: Hierarchy, references: dict[str, Reference]
) -> None:
    chosen = build("eval", config.load("run", ["eval=tune", "eval.bootstrap=9"])["eval"])
    cheap = ["eval.coelution.nulls=0", "eval.coelution.permutations=0", "eval.nulls=40"]
    whole = build("eval", config.load("run", cheap)["eval"])
    metrics = [
        evaluation(hierarchy=random_map, embedding=None, references=references, seed=1).metrics
        for evaluation in (chosen, whole)
    ]
    assert not [name for name in metrics[0] if ".held_out." in name or name.startswith("corum.all")]
    objective = chosen.objective
    parts = [objective.measured(result) for result in metrics]
    assert parts[0] == pytest.approx(parts[1])
    guards = {"pairs_small", "pairs_medium"}
    assert set(parts[0]) == {"pairs", "recall", "coelution", "enriched"} | guards


def test_map_metrics(build_map: MapBuilder) -> None:
    result = build_map(
        {"A": "a b c", "B": "c d e", "C": "c", "D": "a b c d"},
        tuple("abcdefg"),
        [(0, 4), (0, 2), (4, 1), (1, 3), (2, 3)],
    )
    evaluation = Evaluation()
    got = evaluation(hierarchy=result, embedding=None, references={}, seed=0).metrics
    assert got == {
        "map.all.proteins": 7,
        "map.all.assemblies": 4,
        "map.all.distinct": 3,
        "map.all.missing": 2,
        "map.all.several_parents": 1,
    }


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("terms.fdr=0", "terms.fdr must be a number above 0 and at most 1, got 0."),
        ("terms.jaccard=1.5", "terms.jaccard must be a number above 0 and at most 1, got 1.5."),
        ("nulls=-1", "nulls must be a whole number of at least 0, got -1."),
        ("parts=[]", "parts must be a list"),
        ("pairs.min_size=1", "pairs.min_size must be a whole number of at least 2, got 1."),
        ("terms.min_size=0", "terms.min_size must be a whole number of at least 1, got 0."),
        ("coelution.fdr=2", "coelution.fdr must be a number above 0 and at most 1, got 2."),
        ("truth.min_size=0", "truth.min_size must be a whole number of at least 1, got 0."),
        ("bootstrap=0", "bootstrap must be a whole number of at least 1, got 0."),
        (
            "terms.max_matched_size=3",
            "terms.max_matched_size must be at least min_size, which is 4, but got 3.",
        ),
        ("pairs.max_size=2", "pairs.max_size must be at least min_size, which is 3, but got 2."),
        (
            "pairs.max_shared_size=20",
            "pairs.max_shared_size must be at least max_size, which is 30, but got 20.",
        ),
    ],
)
def test_settings_out_of_range(setting: str, message: str, composed: dict[str, Any]) -> None:
    key, _, value = setting.partition("=")
    put(composed, f"eval.{key}", yaml.safe_load(value))
    with pytest.raises(ConfigError, match=f"^eval.{re.escape(message)}"):
        build("eval", composed["eval"])


@pytest.fixture(scope="module")
def composed_once() -> dict[str, Any]:
    return config.load("run")


@pytest.fixture
def composed(composed_once: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(composed_once)


@pytest.mark.parametrize("old", [key for key in MOVED_SETTINGS if key.startswith("eval.")])
def test_a_setting_that_has_moved_is_told_its_new_key(old: str, composed: dict[str, Any]) -> None:
    printed = re.escape(f"'{old}' is now {MOVED_SETTINGS[old]}.")
    with pytest.raises(ConfigError, match=printed):
        config.load("run", [f"{old}=1"])
    with pytest.raises(ConfigError, match=printed):
        build("eval", {"_target_": "cytoweave.eval.Evaluation", old.partition(".")[2]: 1})
    with pytest.raises(ConfigError, match=printed):
        put(composed, old, 1)
    for new in re.findall(r"eval\.[\w.]+", MOVED_SETTINGS[old]):
        put(composed, new, 1)  # raises where there is no such setting


@dataclass(frozen=True)
class Sizes:
    """A scorer of another package: how many assemblies there are of each reference's proteins."""

    takes: ClassVar[type] = TermSet
    factor: int = 2
    name: str = "sizes"

    def __call__(self, task: Task[TermSet]) -> tuple[dict[str, float], dict[str, pd.DataFrame]]:
        proteins = len(task.reference.proteins)
        return {self.name: self.factor * proteins}, {"mine": pd.DataFrame({"n": [proteins]})}


def test_a_further_scorer_is_given_the_references_that_it_takes(
    random_map: Hierarchy, references: dict[str, Reference], scores: Scores
) -> None:
    evaluation = Evaluation(scorers={"mine": Sizes(3)}, nulls=4, bootstrap=50)
    more = evaluation(hierarchy=random_map, embedding=None, references=references, seed=1)
    alone = {name: value for name, value in more.metrics.items() if not name.endswith(".sizes")}
    assert alone.items() <= scores.metrics.items()
    own = more.metrics.keys() - alone.keys()
    assert own == {f"corum.{part}.sizes" for part in ("all", "tune", "held_out")}
    corum = references["corum"]
    assert isinstance(corum, TermSet)
    assert more.metrics["corum.all.sizes"] == 3 * len(corum.proteins)
    assert more.tables["mine"].to_dict("list") == {"n": [140], "reference": ["corum"]}
    assert more.tables["criteria"].set_index("setting")["value"]["scorers.mine.factor"] == "3"
    twice = Evaluation(scorers={"mine": Sizes(name="recovered")}, nulls=2)
    with pytest.raises(ConfigError, match=r"two scorers give the metric 'corum.all.recovered'"):
        twice(hierarchy=random_map, embedding=None, references=references, seed=1)


def test_nothing_to_evaluate() -> None:
    with pytest.raises(ConfigError, match="set hierarchy=FILE, embedding=FILE, or both"):
        Evaluation()(hierarchy=None, embedding=None, references={}, seed=0)


def test_a_reference_without_overlap(
    random_map: Hierarchy, embedding: Embedding, build_terms: TermBuilder
) -> None:
    references = {"corum": build_terms({"X": "Q W E R"})}
    for given in ((random_map, None), (None, embedding)):
        with pytest.raises(DataError, match=r"^Reference 'corum': none of its 4 proteins"):
            Evaluation()(hierarchy=given[0], embedding=given[1], references=references, seed=0)


def test_a_reference_of_another_kind(random_map: Hierarchy) -> None:
    references: dict[str, Any] = {"ppi": Network.from_pairs(["a"], ["b"])}
    with pytest.raises(
        DataError, match="Reference 'ppi': got a Network; a reference is one of TermSet, Elu"
    ):
        Evaluation()(hierarchy=random_map, embedding=None, references=references, seed=0)


def test_a_reference_called_map(random_map: Hierarchy, random_terms: TermSet) -> None:
    with pytest.raises(ConfigError, match="cannot be called 'map'"):
        Evaluation()(hierarchy=random_map, embedding=None, references={"map": random_terms}, seed=0)


def test_criteria_are_the_settings(scores: Scores) -> None:
    table = scores.tables["criteria"].set_index("setting")["value"]
    expected = {"terms.jaccard": "0.1", "coelution.fdr": "0.05", "nulls": "4", "terms.null": "free"}
    assert table[list(expected)].to_dict() == expected
