"""Views, tiles, batches, backbones and pooling: the parts of the image encoders."""

import numpy as np
import pytest
import torch
from scipy import sparse

from cytoweave.artifacts import ImageSet, TermSet
from cytoweave.errors import ConfigError
from cytoweave.models.images.attention import GatedAttention, pooled
from cytoweave.models.images.backbones.registry import build_backbone
from cytoweave.models.images.backbones.vit import places
from cytoweave.models.images.batches import CropBatch, CropBatches
from cytoweave.models.images.objectives.protein_contrast import comparable, comparable_halves
from cytoweave.models.images.objectives.vicreg import another_crop
from cytoweave.models.images.pooling import (
    locations_shown,
    mean_of_images,
    proteins_shown,
    rows_kept,
)
from cytoweave.models.images.views import FLOOR, normalised, random_views, tiles, turned, zoomed


def _noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def _images(*proteins: tuple[str, ...], size: int = 24) -> ImageSet:
    n = len(proteins)
    return ImageSet(tuple(map(str, range(n))), proteins, ("",) * n, _noise(n, 4, size, size))


def test_normalised_channels_have_mean_0_and_deviation_1() -> None:
    result = normalised(torch.from_numpy(_noise(3, 4, 16, 16)))
    torch.testing.assert_close(result.mean(dim=(2, 3)), torch.zeros(3, 4), atol=1e-5, rtol=0)
    torch.testing.assert_close(result.std(dim=(2, 3), correction=0), torch.ones(3, 4))


def test_normalisation_takes_out_exposure_but_does_not_blow_up_an_empty_channel() -> None:
    crops = _noise(1, 4, 16, 16) // 4
    brighter = torch.from_numpy(crops * 3 + 20)
    torch.testing.assert_close(normalised(torch.from_numpy(crops)), normalised(brighter))
    faint = torch.from_numpy(_noise(1, 4, 16, 16) % 2)
    assert normalised(faint).abs().max() <= 1 / FLOOR
    assert not normalised(torch.full((1, 4, 16, 16), 9, dtype=torch.uint8)).any()


def test_turned_crops_are_the_eight_placements_equally_often() -> None:
    crop = torch.arange(9).reshape(1, 1, 3, 3)
    torch.manual_seed(0)
    result = turned(crop.expand(4000, 1, 3, 3))
    rotations = [torch.rot90(crop[0, 0], k) for k in range(4)]
    expected = torch.stack([view for r in rotations for view in (r, r.T)])
    counts = (result == expected[:, None, None]).all(dim=(2, 3, 4)).sum(dim=1)
    assert counts.sum() == 4000
    assert counts.min() > 400


def test_random_views_differ_each_time_and_repeat_with_the_seed() -> None:
    crops = torch.from_numpy(_noise(2, 4, 16, 16))
    torch.manual_seed(3)
    first, second = random_views(crops), random_views(crops)
    torch.manual_seed(3)
    assert torch.equal(first, random_views(crops))
    assert not torch.equal(first, second)


@pytest.mark.parametrize(("size", "crop", "per_side"), [(32, 16, 2), (40, 16, 3), (16, 16, 1)])
def test_tiles_cover_every_pixel_with_as_few_as_can(size: int, crop: int, per_side: int) -> None:
    places = np.arange(size * size).reshape(1, 1, size, size).repeat(4, 1).astype(np.uint16)
    result = tiles(places, crop)
    assert result.shape == (1, per_side**2, 4, crop, crop)
    assert set(result[0, :, 0].ravel()) == set(range(size * size))


def test_batches_bring_every_protein_once_with_its_own_crops() -> None:
    proteins = (("A",), ("B",), ("A",), ("C", "B"), ("D",))
    images = _images(*proteins)
    names, shows = proteins_shown(images)
    batches = CropBatches(images.pixels, shows, np.zeros((5, 0), bool), 10, 3, 6, seed=0)
    batch_list = list(batches)
    assert len(batch_list) == len(batches) == 2
    assert names == ["A", "B", "C", "D"]
    drawn = torch.cat([batch.images for batch in batch_list]).reshape(-1, 3).tolist()
    allowed = [{0, 2}, {1, 3}, {3}, {4}]
    assert sorted(min(k for k, own in enumerate(allowed) if set(row) <= own) for row in drawn)
    assert [set(row) for row in sorted(map(sorted, drawn))] == [{0, 2}, {1, 3}, {3}, {4}]
    for batch in batch_list:
        for crop, image in zip(batch.crops.numpy(), batch.images.numpy(), strict=True):
            windows = np.lib.stride_tricks.sliding_window_view(
                images.pixels[image], (10, 10), axis=(1, 2)
            )
            assert (windows == crop[:, None, None]).all(axis=(0, 3, 4)).sum() == 1
        shared = [
            [bool(set(proteins[i]) & set(proteins[j])) for j in batch.images] for i in batch.images
        ]
        assert batch.same_protein.tolist() == shared


@pytest.mark.parametrize(("fields", "most"), [(None, 2), ([0, 0, 1], 1), ([0, 0, 0], 3)])
def test_crops_of_even_and_odd_place_show_different_fields(
    fields: list[int] | None, most: int
) -> None:
    images = _images(("A",), ("A",), ("A",))
    _, shows = proteins_shown(images)
    where = None if fields is None else np.array(fields)
    batches = CropBatches(images.pixels, shows, np.zeros((3, 0), bool), 10, 4, 4, 0, where)
    for _ in range(5):
        (batch,) = batches
        halves = [set(batch.images[half::2].tolist()) for half in (0, 1)]
        assert bool(halves[0] & halves[1]) == (fields == [0, 0, 0])
        assert max(map(len, halves)) <= most


def test_batches_repeat_with_the_seed_and_differ_between_epochs() -> None:
    images = _images(("A",), ("B",), ("C",), ("D",))
    _, shows = proteins_shown(images)

    def epochs(seed: int) -> list[CropBatch]:
        batches = CropBatches(images.pixels, shows, np.zeros((4, 1), bool), 16, 2, 8, seed)
        return [*batches, *batches]

    first, repeated, other = epochs(1), epochs(1), epochs(2)
    assert all(torch.equal(a.crops, b.crops) for a, b in zip(first, repeated, strict=True))
    assert not torch.equal(first[0].crops, first[1].crops)
    assert not torch.equal(first[0].crops, other[0].crops)


def test_crops_of_one_image_are_compared_only_where_there_is_no_other() -> None:
    # Crops 0-2: protein A from images 0, 0, 1. Crops 3-4: protein B from its only image 2.
    images = torch.tensor([0, 0, 1, 2, 2])
    protein = torch.tensor([0, 0, 0, 1, 1])
    same = protein[:, None] == protein
    batch = CropBatch(torch.empty(5), images, same, torch.empty(5, 0))
    positive, candidate = comparable(batch)
    assert positive.int().tolist() == [
        [0, 0, 1, 0, 0],
        [0, 0, 1, 0, 0],
        [1, 1, 0, 0, 0],
        [0, 0, 0, 0, 1],
        [0, 0, 0, 1, 0],
    ]
    assert torch.equal(candidate, positive | ~same)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        *(("small", size) for size in (16, 33, 64)),
        *(("vit_tiny", size) for size in (16, 33, 64)),
        ("densenet121", 33),
        ("efficientnet_b0", 33),
    ],
)
def test_backbones_embed_crops_of_many_sizes(name: str, size: int) -> None:
    torch.manual_seed(0)
    result = build_backbone(name, 12).eval()(torch.randn(2, 4, size, size))
    assert result.shape == (2, 12)
    assert torch.isfinite(result).all()
    assert not torch.equal(result[0], result[1])


@pytest.mark.parametrize(
    ("name", "millions"),
    [("densenet121", 6.96), ("efficientnet_b0", 4.01), ("vit_b16", 85.84)],
)
def test_published_backbones_have_their_published_size(name: str, millions: float) -> None:
    with torch.device("meta"):
        network = build_backbone(name, 1)
    assert sum(p.numel() for p in network.parameters()) / 1e6 == pytest.approx(millions, abs=0.01)


def test_places_are_told_apart_and_nearby_ones_are_alike() -> None:
    result = places(8, 8, 64)
    alike = result @ result.T
    assert (alike.argmax(dim=1) == torch.arange(64)).all()
    assert alike[0, 1] > alike[0, 4] > alike[0, 36]
    torch.testing.assert_close(
        places(8, 8, 64).reshape(8, 8, 64)[:3, :5].flatten(0, 1), places(3, 5, 64)
    )


def test_zoomed_crops_show_a_part_of_the_crop_at_the_same_scale_of_values() -> None:
    ramp = torch.linspace(0, 1, 32).expand(400, 4, 32, 32).contiguous()
    torch.manual_seed(0)
    result = zoomed(ramp)
    widths = result[:, 0, 0, -1] - result[:, 0, 0, 0]
    assert result.shape == ramp.shape
    assert 0.45 < widths.min() < 0.55
    assert 0.95 < widths.max() <= 1
    assert result.min() >= 0
    assert result.max() <= 1


def test_the_other_crop_is_the_next_one_of_the_same_image() -> None:
    result = another_crop(torch.tensor([5, 7, 5, 9, 5]))
    assert result.tolist() == [2, 1, 4, 3, 0]


def test_attention_weighs_a_bag_as_the_formula_says_whatever_the_order() -> None:
    torch.manual_seed(0)
    attention, bag = GatedAttention(6, 3), torch.randn(2, 5, 6)
    v, u, w = (
        layer.weight.detach().numpy()
        for layer in (attention.content, attention.gate, attention.weigh)
    )
    bv, bu = attention.content.bias.detach().numpy(), attention.gate.bias.detach().numpy()
    for row, result in zip(bag.numpy(), pooled(bag, attention).detach().numpy(), strict=True):
        logits = np.array([w[0] @ (np.tanh(v @ h + bv) / (1 + np.exp(-(u @ h + bu)))) for h in row])
        share = np.exp(logits) / np.exp(logits).sum()
        np.testing.assert_allclose(result, share @ row, rtol=1e-4, atol=1e-6)
    turned_round = pooled(bag.flip(1), attention)
    torch.testing.assert_close(turned_round, pooled(bag, attention))
    torch.testing.assert_close(pooled(bag, None), bag.mean(dim=1))


def test_halves_of_a_protein_are_near_and_other_proteins_far() -> None:
    protein = torch.tensor([0, 0, 1, 1, 2, 2])
    same = protein[:, None] == protein
    same[0:2, 4:6] = same[4:6, 0:2] = True  # proteins 0 and 2 share an image
    batch = CropBatch(torch.empty(6), protein, same, torch.empty(6, 0), 2)
    positive, candidate = comparable_halves(batch)
    assert positive[0].tolist() == [0, 1, 0, 0, 0, 0]
    assert candidate[0].tolist() == [0, 1, 1, 1, 0, 0]
    assert candidate[2].tolist() == [1, 1, 0, 1, 1, 1]


def test_unknown_backbone_and_empty_vectors_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"backbone must be one of densenet121, .*, got 'resnet'"):
        build_backbone("resnet", 8)
    with pytest.raises(ConfigError, match=r"dim must be a whole number of at least 1, got 0"):
        build_backbone("small", 0)


def test_proteins_average_their_standardised_images() -> None:
    images = _images(("B",), ("A", "B"), ("A",), ("C",))
    names, shows = proteins_shown(images)
    vectors = np.random.default_rng(0).normal(3, 2, size=(4, 3)).astype(np.float32)
    z = (vectors - vectors.mean(0)) / vectors.std(0)
    result = mean_of_images(vectors, shows)
    assert names == ["A", "B", "C"]
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, [(z[1] + z[2]) / 2, (z[0] + z[1]) / 2, z[3]], atol=1e-6)


def test_a_constant_dimension_and_a_single_image_pool_to_zero() -> None:
    _, shows = proteins_shown(_images(("A",), ("B",)))
    assert not mean_of_images(np.full((2, 3), 0.1, np.float32), shows).any()
    _, one = proteins_shown(_images(("A",)))
    assert not mean_of_images(np.ones((1, 3), np.float32), one).any()


def test_an_image_has_the_locations_of_all_its_proteins() -> None:
    labels = TermSet.from_sets(
        {"nuc": ("", {"A", "X"}), "mito": ("", {"B"}), "none": ("", {"X"}), "er": ("", {"A"})}
    )
    result = locations_shown(_images(("A",), ("A", "B"), ("C",)), labels)
    assert result.tolist() == [[1, 0, 1], [1, 1, 1], [0, 0, 0]]


def test_rows_kept_empties_the_others() -> None:
    matrix = sparse.csr_array(np.array([[1, 1], [0, 1], [1, 0]], bool))
    kept = rows_kept(matrix, np.array([0, 2]))
    assert kept.toarray().tolist() == [[1, 1], [0, 0], [1, 0]]
    assert kept.nnz == 3
