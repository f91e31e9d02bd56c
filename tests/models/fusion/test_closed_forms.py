"""Baselines in closed form: against scikit-learn, and what a missing modality does."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.cross_decomposition import CCA
from sklearn.decomposition import PCA

from cytoweave.artifacts import Embedding
from cytoweave.errors import ConfigError, DataError
from cytoweave.models import Cca, Pca, Single
from cytoweave.models.fusion.blocks import Blocks
from cytoweave.models.fusion.closed_forms import canonical, whitened

NAMES = [f"P{k:03d}" for k in range(240)]
Views = Callable[..., dict[str, Embedding]]
Share = Callable[[Embedding, list[str]], float]


def _without(embedding: Embedding, proteins: list[str]) -> Embedding:
    return embedding.restrict([name for name in embedding.proteins if name not in proteins])


def test_one_modality_is_returned_as_it_stands(views: Views) -> None:
    drawn = views()
    assert Single("image")(drawn, seed=0) is drawn["image"]
    with pytest.raises(ConfigError, match=r"modality must be one of ppi, image, got 'sec'\."):
        Single("sec")(drawn, seed=0)


def test_components_equal_scikit_learn(views: Views) -> None:
    drawn = views()
    blocks = Blocks.of(drawn, np.inf)
    pairs = zip(blocks.scales({}), blocks.values, strict=True)
    table = np.concatenate([s * v for s, v in pairs], axis=1)
    expected = PCA(5, svd_solver="full").fit_transform(table)
    result = Pca(5)(drawn, seed=0).vectors
    assert np.allclose(np.abs(result), np.abs(expected), atol=1e-4)


def test_correlations_equal_scikit_learn() -> None:
    random = np.random.default_rng(0)
    shared = random.normal(size=(300, 3))
    first = np.c_[shared + random.normal(size=(300, 3)), random.normal(size=(300, 2))]
    second = shared @ random.normal(size=(3, 4)) + random.normal(size=(300, 4))
    everyone = np.ones(300, bool)
    white = [whitened(x.astype(np.float32), everyone, 0.0) for x in (first, second)]
    parts, agreement = canonical(white, everyone, 3)
    model = CCA(3, max_iter=5000, tol=1e-10).fit(first, second)
    theirs = model.transform(first, second)
    for k in range(3):
        ours = np.corrcoef(parts[0][:, k], parts[1][:, k])[0, 1]
        assert ours == pytest.approx(agreement[k], abs=1e-4)
        assert ours == pytest.approx(np.corrcoef(theirs[0][:, k], theirs[1][:, k])[0, 1], abs=1e-3)
        assert parts[0][:, k].std() == pytest.approx(1, abs=1e-3)


def test_a_ridge_lowers_correlations_and_keeps_the_directions_of_agreement() -> None:
    random = np.random.default_rng(0)
    shared, noise = random.normal(size=(2, 400, 3))
    loud = 3 * random.normal(size=(2, 400, 2))  # strong directions of one modality
    views = [np.c_[shared + k * 0.2 * noise, loud[k]].astype(np.float32) for k in (0, 1)]
    everyone = np.ones(400, bool)
    white = [whitened(view, everyone, 0.1) for view in views]
    parts, agreement = canonical(white, everyone, 3)
    left, expected, right = np.linalg.svd(white[0].T @ white[1] / 400)
    assert agreement == pytest.approx(expected[:3])
    for k in range(3):
        for part, theirs in zip(parts, (white[0] @ left[:, k], white[1] @ right[k]), strict=True):
            assert abs(np.corrcoef(part[:, k], theirs)[0, 1]) == pytest.approx(1)
        assert np.corrcoef(parts[0][:, k], parts[1][:, k])[0, 1] > 0.9


@pytest.mark.parametrize("fusion", [Pca(40), Cca(20)])
def test_two_modalities_beat_one_and_three_are_taken(
    views: Views, nearest_share_complex: Share, fusion: Pca | Cca
) -> None:
    drawn = views(noise=1.2, modalities=("ppi", "image", "sec"))
    fused = nearest_share_complex(fusion(drawn, seed=0), NAMES)
    alone = [nearest_share_complex(view, NAMES) for view in drawn.values()]
    assert fused > max(alone) + 0.05


@pytest.mark.parametrize("fusion", [Pca(40), Cca(20)])
def test_a_protein_that_lacks_a_modality_is_placed_by_the_others(
    views: Views, nearest_share_complex: Share, fusion: Pca | Cca
) -> None:
    drawn = views()
    drawn["image"] = _without(drawn["image"], NAMES[::6])
    fused = fusion(drawn, seed=0)
    assert fused.present[:, 1].tolist() == [k % 6 != 0 for k in range(240)]
    assert nearest_share_complex(fused, NAMES[::6]) > 0.5


def test_modalities_without_a_common_protein(views: Views) -> None:
    drawn = views()
    drawn = {
        "ppi": _without(drawn["ppi"], NAMES[:100]),
        "image": _without(drawn["image"], NAMES[100:]),
    }
    with pytest.raises(DataError, match=r"none has all of ppi, image; take another fusion\."):
        Cca()(drawn, seed=0)
    with pytest.raises(DataError, match=r"there is only ppi; take another fusion\."):
        Cca()({"ppi": drawn["ppi"]}, seed=0)


def test_wrong_settings() -> None:
    for kind in (Pca, Cca):
        with pytest.raises(
            ConfigError, match=r"dimensions must be a whole number of at least 1, got 0\."
        ):
            kind(dimensions=0)
    with pytest.raises(ConfigError, match=r"ridge must be a number of at least 0, got -1\."):
        Cca(ridge=-1)
