"""Closed-form fusion: scales against brute force, missing modalities, real measurements."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cytoweave.artifacts import Embedding
from cytoweave.errors import ConfigError, DataError
from cytoweave.models import Concat
from cytoweave.models.fusion.blocks import Blocks, cosine_spread, damped
from cytoweave.models.fusion.concat import neighbours_mean
from cytoweave.similarity.nearest import unit_rows

NAMES = [f"P{k:03d}" for k in range(240)]
Views = Callable[..., dict[str, Embedding]]
Share = Callable[[Embedding, list[str]], float]


def _without(embedding: Embedding, proteins: list[str]) -> Embedding:
    return embedding.restrict([name for name in embedding.proteins if name not in proteins])


def test_spread_equals_brute_force() -> None:
    rows = unit_rows(np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32))
    rows[3] = 0
    cosines = (rows @ rows.T)[~np.eye(30, dtype=bool)]
    assert cosine_spread(rows) == pytest.approx(np.sqrt(np.mean(cosines**2)), rel=1e-5)


@pytest.mark.parametrize("dominance", [0.5, 2.0, float("inf")])
def test_damping_cuts_the_spectrum_at_a_multiple_of_its_mean(dominance: float) -> None:
    random = np.random.default_rng(0)
    vectors = (random.normal(size=(500, 6)) @ random.normal(size=(6, 6)) + 3).astype(np.float32)
    before = np.linalg.eigvalsh(np.cov(vectors.T, bias=True))
    result = damped(vectors, dominance)
    after = np.minimum(before, dominance * before.mean())
    assert np.allclose(result.mean(axis=0), 0, atol=1e-5)
    assert np.allclose(np.linalg.eigvalsh(np.cov(result.T, bias=True)), after, rtol=1e-3)


def test_damping_keeps_axes_and_leaves_out_directions_without_spread() -> None:
    vectors = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    result = damped(np.c_[vectors, np.full(50, 7, np.float32), vectors[:, 0]], 100.0)
    assert np.allclose(result[:, :3], vectors - vectors.mean(axis=0), atol=1e-5)
    assert np.allclose(result[:, 3], 0)
    assert np.allclose(result[:, 4], result[:, 0])


def test_every_modality_contributes_its_weight(views: Views) -> None:
    blocks = Blocks.of(views(), 2.0)
    for weights, ratio in (({}, 1.0), ({"image": 3.0}, 3.0)):
        ppi, image = (
            scale * cosine_spread(values) * scale
            for scale, values in zip(blocks.scales(weights), blocks.values, strict=True)
        )
        assert image / ppi == pytest.approx(ratio, rel=1e-5)


def test_neighbours_mean_equals_brute_force() -> None:
    random = np.random.default_rng(0)
    place, values = random.normal(size=(2, 40, 5)).astype(np.float32)
    known, asking = np.arange(5, 40), np.arange(0, 40, 3)
    result = neighbours_mean(place, values, known, asking, 4)
    unit = unit_rows(place)
    for row, mean in zip(asking, result, strict=True):
        others = [k for k in known if k != row]
        near = sorted(others, key=lambda k: -float(unit[k] @ unit[row]))[:4]
        share = np.array([max(float(unit[k] @ unit[row]), 0) ** 2 for k in near])
        assert np.allclose(mean, share @ values[near] / share.sum(), atol=1e-5)


def test_proteins_are_the_sorted_union_and_presence_is_kept(views: Views) -> None:
    drawn = views()
    drawn = {
        "ppi": _without(drawn["ppi"], NAMES[:9]),
        "image": _without(drawn["image"], NAMES[-5:]),
    }
    backwards = {name: view.restrict(view.proteins[::-1]) for name, view in drawn.items()}
    fused = Concat()(backwards, seed=0)
    assert fused.proteins == tuple(NAMES)
    assert fused.modalities == ("ppi", "image")
    assert fused.present.tolist() == [[k >= 9, k < 235] for k in range(240)]
    assert np.allclose(np.linalg.norm(fused.vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(fused.vectors, Concat()(drawn, seed=0).vectors, atol=1e-5)


def test_two_modalities_beat_one(views: Views, nearest_share_complex: Share) -> None:
    drawn = views(noise=1.2)
    fused = nearest_share_complex(Concat()(drawn, seed=0), NAMES)
    alone = [nearest_share_complex(Concat()({m: v}, seed=0), NAMES) for m, v in drawn.items()]
    assert fused > max(alone) + 0.05


@pytest.mark.parametrize("sharing", [0.0, 1.0])
def test_a_protein_without_a_modality_is_placed_by_the_other(
    views: Views, nearest_share_complex: Share, sharing: float
) -> None:
    drawn = views()
    lacking = NAMES[::6]
    drawn["image"] = _without(drawn["image"], lacking)
    fused = Concat(sharing=sharing)(drawn, seed=0)
    alone = nearest_share_complex(Concat()({"ppi": drawn["ppi"]}, seed=0), lacking)
    assert nearest_share_complex(fused, lacking) >= alone - 0.05
    assert nearest_share_complex(fused, lacking) > 0.7


def test_without_sharing_a_block_is_the_modality_itself(views: Views) -> None:
    drawn = views()
    fused = Concat(sharing=0.0, dominance=float("inf"))(drawn, seed=0)
    ppi = drawn["ppi"].vectors - drawn["ppi"].vectors.mean(axis=0)
    assert np.allclose(unit_rows(fused.vectors[:, :32]), unit_rows(ppi), atol=1e-5)


def test_what_is_unknown_makes_no_two_proteins_alike(views: Views) -> None:
    drawn = views()
    complete = Concat(sharing=0, crowding=0)(drawn, seed=0)
    drawn["image"] = _without(drawn["image"], NAMES[::2])
    halves = Concat(sharing=0, crowding=0)(drawn, seed=0)
    known, partly = complete.vectors[1::2], halves.vectors[::2]
    off = ~np.eye(120, dtype=bool)
    assert np.abs(partly @ partly.T)[off].mean() < 1.2 * np.abs(known @ known.T)[off].mean()
    other = Concat(sharing=0, crowding=0)(drawn, seed=1)
    assert np.array_equal(other.vectors[1::2], halves.vectors[1::2])
    assert not np.array_equal(other.vectors[::2], partly)


def test_modalities_without_a_common_protein(views: Views) -> None:
    drawn = views()
    drawn = {
        "ppi": _without(drawn["ppi"], NAMES[:100]),
        "image": _without(drawn["image"], NAMES[100:]),
    }
    fused = Concat(crowding=0)(drawn, seed=0)
    cosines = fused.vectors[:100] @ fused.vectors[100:].T
    assert np.abs(cosines).max() < 0.2  # chance meetings of what is unknown of them
    assert abs(cosines.mean()) < 0.01


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"dominance": 0.0}, r"^dominance must be a number above 0, got 0.0.$"),
        ({"weights": {"ppi": 0}}, r"^weights.ppi must be a number above 0, got 0.$"),
        ({"neighbours": 0}, r"^neighbours must be a whole number of at least 1, got 0.$"),
        ({"sharing": -1}, r"^sharing must be a number of at least 0, got -1.$"),
        ({"crowding": -1}, r"^crowding must be a number of at least 0, got -1.$"),
        ({"crowd": 0}, r"^crowd must be a whole number of at least 1, got 0.$"),
    ],
)
def test_wrong_settings(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Concat(**wrong)


def test_a_weight_of_an_unknown_modality(views: Views) -> None:
    with pytest.raises(
        ConfigError, match=r"weights.sec: there is no such modality; allowed: ppi, i"
    ):
        Concat(weights={"sec": 2.0})(views(), seed=0)


def test_nothing_to_fuse() -> None:
    with pytest.raises(DataError, match="at least one modality, got none"):
        Concat()({}, seed=0)
    same = Embedding.of_modality("ppi", ["A", "B"], [[1, 2], [1, 2]])
    with pytest.raises(DataError, match=r"modalities.ppi: no two of its 2 proteins have different"):
        Concat()({"ppi": same}, seed=0)
