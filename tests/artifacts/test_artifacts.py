"""What passes between stages survives being written and read, and refuses contradictions."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from cytoweave.artifacts import (
    ElutionProfiles,
    Embedding,
    Hierarchy,
    ImageSet,
    Network,
    Reading,
    Scores,
    TermSet,
)
from cytoweave.errors import DataError


def hierarchy() -> Hierarchy:
    members = sparse.csr_array(np.array([[1, 1, 1], [1, 0.5, 0]], np.float32))
    return Hierarchy(
        ("A", "B", "NA"),
        ("root", "pair"),
        members,
        np.array([[0, 1]], np.int32),
        np.array([0, 7], np.int32),
        np.array([np.nan, 0.5], np.float32),
    )


def test_network_unites_pairs_given_twice_by_their_largest_weight() -> None:
    network = Network.from_pairs(["B", "A", "C", "B"], ["A", "B", "C", "D"], [0.2, 0.9, 1.0, 0.5])
    assert network.proteins == ("A", "B", "C", "D")
    assert network.edges.tolist() == [[0, 1], [1, 3]]
    np.testing.assert_allclose(network.weights, [0.9, 0.5])
    assert network.adjacency()[[1], [0]] == pytest.approx(0.9)


def test_network_keeps_isolated_proteins() -> None:
    network = Network.from_pairs(["B"], ["A"], proteins=["Z", "A"])
    assert network.proteins == ("A", "B", "Z")


def test_an_empty_network_is_a_network() -> None:
    network = Network.from_pairs([], [])
    assert network.proteins == ()
    assert network.adjacency().shape == (0, 0)


def test_network_survives_a_folder(tmp_path: Path) -> None:
    network = Network.from_pairs(["B", "A"], ["A", "NA"], [0.2, 0.9])
    network.save(tmp_path)
    back = Network.load(tmp_path)
    assert back.proteins == network.proteins
    np.testing.assert_array_equal(back.edges, network.edges)
    np.testing.assert_array_equal(back.weights, network.weights)


def test_embedding_survives_a_folder_and_restricts_in_order(tmp_path: Path) -> None:
    embedding = Embedding(
        ("B", "A"),
        np.array([[1, 2], [3, 4]], np.float32),
        ("ppi", "image"),
        np.array([[1, 0], [1, 1]], bool),
        np.array([0.25, 0.5], np.float32),
    )
    embedding.save(tmp_path)
    back = Embedding.load(tmp_path).restrict(["A", "B"])
    assert back.uncertainty is not None
    assert back.uncertainty.tolist() == [0.5, 0.25]
    replace(embedding, uncertainty=None).save(tmp_path)
    assert Embedding.load(tmp_path).uncertainty is None
    with pytest.raises(DataError, match=r"one number for each of 2 proteins, got \(1,\)"):
        replace(embedding, uncertainty=np.zeros(1, np.float32))
    assert back.modalities == ("ppi", "image")
    assert back.vectors.tolist() == [[3, 4], [1, 2]]
    assert back.present.tolist() == [[True, True], [True, False]]


def test_hierarchy_survives_a_folder(tmp_path: Path) -> None:
    hierarchy().save(tmp_path)
    back = Hierarchy.load(tmp_path)
    assert back.names == ("root", "pair")
    assert back.sizes.tolist() == [3, 2]
    assert back.members("pair") == back.members_of(1) == ("A", "B")
    with pytest.raises(DataError, match=r"There is no assembly 'pear'; did you mean 'pair'\?"):
        back.members("pear")
    assert back.parents_of(1) == ("root",)
    np.testing.assert_array_equal(back.membership.toarray(), hierarchy().membership.toarray())
    np.testing.assert_array_equal(back.stability, hierarchy().stability)


def test_scores_survive_a_folder(tmp_path: Path) -> None:
    table = pd.DataFrame({"protein": ["NA", "A"], "p": [0.1, np.nan]})
    Scores({"corum.all.mmr": 0.1 + 0.2}, {"terms": table}).save(tmp_path)
    back = Scores.load(tmp_path)
    assert back.figures == {"corum.all.mmr": 0.1 + 0.2}
    pd.testing.assert_frame_equal(back.tables["terms"], table)


@pytest.mark.parametrize(
    "value",
    [
        ImageSet(("i",), (("A", "B"),), ("",), np.zeros((1, 4, 2, 2), np.uint8)),
        TermSet.from_sets({"t": ("a term", {"B", "A"}), "u": ("", {"C"})}),
        ElutionProfiles(("A",), np.array([[[1, np.nan]]], np.float32)),
        hierarchy(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_reading_survives_a_folder(tmp_path: Path, value: object) -> None:
    names = pd.DataFrame({"given": ["x"], "symbol": ["NA"], "status": ["updated"]})
    Reading(value, names, ("one image left out",)).save(tmp_path)  # type: ignore[arg-type]
    back = Reading.load(tmp_path)
    assert type(back.value) is type(value)
    assert back.notes == ("one image left out",)
    pd.testing.assert_frame_equal(back.identifiers, names)
    again = tmp_path / "again"
    again.mkdir()
    back.save(again)
    written = sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    assert all((again / p).read_bytes() == (tmp_path / p).read_bytes() for p in written)


def test_repeated_proteins_are_refused() -> None:
    with pytest.raises(DataError, match="'A' occurs more than once"):
        Embedding.of_modality("ppi", ["A", "A"], np.zeros((2, 1)))


def test_vectors_must_be_finite() -> None:
    with pytest.raises(DataError, match="NaN or infinity"):
        Embedding.of_modality("ppi", ["A"], [[np.nan]])


def test_an_edge_needs_a_weight() -> None:
    with pytest.raises(DataError, match="one weight per edge"):
        Network(("A", "B"), np.array([[0, 1]], np.int32), np.array([], np.float32))
