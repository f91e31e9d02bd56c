"""What came back of a known hierarchy."""

import numpy as np
import pytest

from cytoweave.errors import DataError
from cytoweave.eval import score_truth, truth_table

from .conftest import MapBuilder

TRUTH = {"nucleus": "a b c d e f g h", "X": "a b c d e", "Y": "e f g h i j", "few": "m n"}
EDGES = [(0, 1), (1, 2), (0, 3), (0, 4)]


def test_the_truth_itself_is_perfect(build_map: MapBuilder) -> None:
    truth = build_map(TRUTH, edges=EDGES)
    metrics = score_truth(truth, truth).summary(nulls=20, bootstrap=50, seed=[0])
    for name in ("mean_best_jaccard", "complexes_mean_best_jaccard", "map_mean_best_jaccard"):
        assert (metrics[name], metrics[f"{name}.lo"], metrics[f"{name}.hi"]) == (1, 1, 1)
        assert metrics[f"{name}.null_mean"] < 0.7
        assert metrics[f"{name}.p"] < 0.15
    assert (metrics["f1"], metrics["recovered"], metrics["complexes_recovered"]) == (1, 1, 1)
    assert (metrics["assemblies"], metrics["complexes"]) == (3, 2)


def test_metrics_by_hand(build_map: MapBuilder) -> None:
    truth = build_map(TRUTH, edges=EDGES)
    result = build_map({"A": "a b c", "B": "e f g h k l", "C": "m n", "D": "o p"})
    scores = score_truth(result, truth)
    nucleus, x, y = 4 / 10, 3 / 5, 4 / 8
    metrics = scores.metrics()
    assert metrics["mean_best_jaccard"] == pytest.approx((nucleus + x + y) / 3)
    assert metrics["complexes_mean_best_jaccard"] == pytest.approx((x + y) / 2)
    assert metrics["recovered"] == pytest.approx(2 / 3)
    assert metrics["complexes_recovered"] == 1
    own = (3 / 5 + 4 / 8 + 1 + 0) / 4  # small true assemblies count for the map's
    assert metrics["map_mean_best_jaccard"] == pytest.approx(own)
    whole = metrics["mean_best_jaccard"]
    assert metrics["f1"] == pytest.approx(2 * whole * own / (whole + own))
    table = truth_table(scores, result, truth)
    assert table["truth"].tolist() == ["nucleus", "X", "Y"]
    assert table["assembly"].tolist() == ["B", "A", "B"]
    assert table["complex"].tolist() == [False, True, True]
    assert table["recovered"].tolist() == [False, True, True]
    assert table["size"].tolist() == [8, 5, 6]


def test_proteins_that_were_not_offered_count_as_lost(build_map: MapBuilder) -> None:
    truth = build_map(TRUTH, edges=EDGES)
    result = build_map({"A": "a b c"}, proteins=("a", "b", "c", "new", "f"))
    scores = score_truth(result, truth)
    assert scores.parts()["complexes_mean_best_jaccard"].tolist() == pytest.approx([3 / 5, 0])
    assert truth_table(scores, result, truth)["assembly"].tolist() == ["A", "A", ""]


def test_relabelled_truth_is_the_null(build_map: MapBuilder) -> None:
    truth = build_map(TRUTH, edges=EDGES)
    scores = score_truth(truth, truth)
    labels = np.random.default_rng(0).permutation(16)
    new_name = {old: truth.proteins[labels[k]] for k, old in enumerate(truth.proteins)}
    moved = {name: " ".join(new_name[p] for p in text.split()) for name, text in TRUTH.items()}
    expected = score_truth(build_map(moved), truth).metrics()
    assert scores.metrics(labels) == pytest.approx(expected)
    assert expected != scores.metrics()


def test_without_complexes_of_the_size_there_is_no_metric_of_them(build_map: MapBuilder) -> None:
    truth = build_map({"big": "a b c d e f", "small": "a b"}, edges=[(0, 1), (1, 2)])
    metrics = score_truth(build_map({"A": "a b"}), truth).summary(2, 10, [0])
    assert not [name for name in metrics if name.startswith("complexes_")]
    assert metrics["complexes"] == 0


def test_nothing_found(build_map: MapBuilder) -> None:
    truth = build_map({"X": "a b c d e"})
    assert score_truth(build_map({"A": "o p"}), truth).metrics()["f1"] == 0


def test_truth_too_small(build_map: MapBuilder) -> None:
    with pytest.raises(DataError, match=r"no true assembly holds 5 or more .*holds 2\)"):
        score_truth(build_map({"A": "a b"}), build_map({"X": "a b"}))


def test_truth_of_another_cell(build_map: MapBuilder) -> None:
    with pytest.raises(DataError, match="none of its 2 proteins"):
        score_truth(build_map({"A": "a b"}), build_map({"X": "Z"}, proteins=("Y", "Z")))
