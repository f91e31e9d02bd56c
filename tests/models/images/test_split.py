"""Holding out whole proteins, and pooling images to proteins with the weights they were given."""

from pathlib import Path

import numpy as np
import pytest

from cytoweave.artifacts import ImageSet, ImageVectors
from cytoweave.errors import DataError
from cytoweave.models.images.pooling import image_table, pooled_images, standardised
from cytoweave.models.images.split import groups, held_out_images


def _images(*shown: tuple[tuple[str, ...], str]) -> ImageSet:
    n = len(shown)
    pixels = np.zeros((n, 4, 16, 16), np.uint8)
    proteins, antibodies = tuple(p for p, _ in shown), tuple(a for _, a in shown)
    return ImageSet(tuple(f"i{k}" for k in range(n)), proteins, antibodies, pixels)


def test_images_are_tied_by_proteins_and_antibodies() -> None:
    result = groups(
        _images(
            (("A",), "1"), (("A",), "2"), (("B",), "2"), (("C",), ""), (("D",), ""),
            (("D", "E"), "3"), (("E",), "4"),
        )
    )  # fmt: skip
    assert len(set(result[:3])) == 1
    assert len(set(result[4:])) == 1
    assert len({result[0], result[3], result[4]}) == 3


def test_the_share_is_held_out_and_depends_on_the_seed_alone() -> None:
    images = _images(*(((f"P{k // 2}",), f"a{k // 2}") for k in range(100)))
    result = held_out_images(images, 0.2, seed=0)
    assert result.sum() == 20
    assert (result[::2] == result[1::2]).all()
    assert (result == held_out_images(images, 0.2, seed=0)).all()
    assert (result != held_out_images(images, 0.2, seed=1)).any()
    assert not held_out_images(images, 0.0, seed=0).any()


def test_too_few_proteins_hold_nothing_out() -> None:
    images = _images(*(((f"P{k}",), "") for k in range(5)))
    assert not held_out_images(images, 0.2, seed=0).any()
    one_group = _images(*(((f"P{k}",), "same") for k in range(50)))
    assert not held_out_images(one_group, 0.5, seed=0).any()


VECTORS = ImageVectors(
    ("a", "b", "c", "d"),
    (("A",), ("A",), ("B",), ("A", "B")),
    ("1", "1", "2", "3"),
    np.random.default_rng(0).normal(2, 3, (4, 5)).astype(np.float32),
    np.log(np.array([1, 3, 1, 1], np.float32)),
)


def test_images_count_by_the_softmax_of_their_logits() -> None:
    result = pooled_images(VECTORS, "image")
    z = standardised(VECTORS.vectors)
    expected = [(z[0] + 3 * z[1] + z[3]) / 5, (z[2] + z[3]) / 2]
    assert result.proteins == ("A", "B")
    np.testing.assert_allclose(result.vectors, expected, rtol=1e-5, atol=1e-6)


def test_the_table_says_how_much_an_image_counts_and_how_far_a_protein_is_spread() -> None:
    table = image_table(VECTORS)
    assert table["image"].tolist() == ["a", "b", "d", "c", "d"]
    assert table["share"].tolist() == pytest.approx([0.2, 0.6, 0.2, 0.5, 0.5])
    mean, z = pooled_images(VECTORS, "image").vectors[1], standardised(VECTORS.vectors)
    cosines = [z[k] @ mean / np.linalg.norm(z[k]) / np.linalg.norm(mean) for k in (2, 3)]
    assert table["cosine"].tolist()[3:] == pytest.approx(cosines, abs=1e-5)
    assert table["spread"].tolist()[3:] == pytest.approx([1 - np.mean(cosines)] * 2, abs=1e-5)


def test_vectors_of_images_come_back_from_disk(tmp_path: Path) -> None:
    VECTORS.save(tmp_path)
    result = ImageVectors.load(tmp_path)
    assert result.proteins == VECTORS.proteins
    assert result.antibodies == VECTORS.antibodies
    np.testing.assert_array_equal(result.vectors, VECTORS.vectors)
    with pytest.raises(DataError, match="as many proteins as names"):
        ImageVectors(("a",), (), ("",), np.ones((1, 2), np.float32), np.ones(1, np.float32))
