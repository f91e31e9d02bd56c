"""Published networks: their files' names and shapes, and every layer against plain torch."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cytoweave.artifacts import ImageSet
from cytoweave.errors import ConfigError, DataError
from cytoweave.models import HPADenseNet, PublishedImageEncoder, SubCellViT, Training
from cytoweave.models.training.checkpoint import read_weights

Weights = dict[str, Tensor]

TRAINING = Training(accelerator="cpu", progress=False)

BLOCKS = (6, 12, 24, 16)
"""Layers of the dense blocks of DenseNet-121; growth 32, bottleneck 4."""


def _norm(result: Weights, name: str, width: int) -> None:
    result[f"{name}.weight"] = torch.rand(width) + 0.5
    result[f"{name}.bias"] = torch.randn(width) / 10
    result[f"{name}.running_mean"] = torch.randn(width) / 10
    result[f"{name}.running_var"] = torch.rand(width) + 0.5
    result[f"{name}.num_batches_tracked"] = torch.tensor(7)


def _conv(result: Weights, name: str, out: int, into: int, edge: int) -> None:
    result[f"{name}.weight"] = torch.randn(out, into, edge, edge) / (into * edge**2) ** 0.5


def hpa_file() -> Weights:
    """Draw weights under the names of the published file, second names included."""
    torch.manual_seed(0)
    result: Weights = {}
    top = "backbone.features."
    _conv(result, f"{top}conv0", 64, 4, 7)
    _norm(result, f"{top}norm0", 64)
    width = 64
    for block, layers in enumerate(BLOCKS, 1):
        for layer in range(1, layers + 1):
            name = f"{top}denseblock{block}.denselayer{layer}."
            _norm(result, f"{name}norm1", width)
            _conv(result, f"{name}conv1", 128, width, 1)
            _norm(result, f"{name}norm2", 128)
            _conv(result, f"{name}conv2", 32, 128, 3)
            width += 32
        if block < len(BLOCKS):
            _norm(result, f"{top}transition{block}.norm", width)
            _conv(result, f"{top}transition{block}.conv", width // 2, width, 1)
            width //= 2
    _norm(result, f"{top}norm5", width)
    result["backbone.classifier.weight"] = torch.randn(1000, 1024)
    result["backbone.classifier.bias"] = torch.randn(1000)
    seconds = {
        "conv0": "conv1.0", "norm0": "conv1.1", "denseblock1": "encoder2.0",
        "transition1": "encoder3.0", "denseblock2": "encoder3.1", "transition2": "encoder4.0",
        "denseblock3": "encoder4.1", "transition3": "encoder5.0", "denseblock4": "encoder5.1",
        "norm5": "encoder5.2",
    }  # fmt: skip
    for name in [name for name in result if name.startswith(top)]:
        part, _, rest = name.removeprefix(top).partition(".")
        result[f"{seconds[part]}.{rest}"] = result[name]
    _norm(result, "bn1", 2048)
    result["fc1.weight"], result["fc1.bias"] = torch.randn(1024, 2048) / 45, torch.randn(1024)
    _norm(result, "bn2", 1024)
    result["logit.weight"], result["logit.bias"] = torch.randn(28, 1024), torch.randn(28)
    return result


def _normed(w: Weights, name: str, x: Tensor) -> Tensor:
    shape = (1, -1, *(1,) * (x.ndim - 2))
    mean, var, scale, shift = (
        w[f"{name}.{part}"].reshape(shape)
        for part in ("running_mean", "running_var", "weight", "bias")
    )
    return (x - mean) / (var + 1e-5).sqrt() * scale + shift


def hpa_path(w: Weights, x: Tensor) -> dict[str, Tensor]:
    """Walk the published path, written from its description; return what each step gives."""
    steps: dict[str, Tensor] = {}
    x = functional.conv2d(x, w["conv1.0.weight"], stride=2, padding=3)
    steps["conv0"] = x
    x = _normed(w, "conv1.1", x).clamp(min=0)
    x = functional.max_pool2d(x, 3, 2, 1)
    steps["pool0"] = x
    x = functional.max_pool2d(x, 2, 2)
    top = "backbone.features."
    for block, layers in enumerate(BLOCKS, 1):
        for layer in range(1, layers + 1):
            name = f"{top}denseblock{block}.denselayer{layer}."
            y = _normed(w, f"{name}norm1", x).clamp(min=0)
            y = functional.conv2d(y, w[f"{name}conv1.weight"])
            y = _normed(w, f"{name}norm2", y).clamp(min=0)
            x = torch.cat([x, functional.conv2d(y, w[f"{name}conv2.weight"], padding=1)], 1)
        steps[f"denseblock{block}"] = x
        if block < len(BLOCKS):
            x = _normed(w, f"{top}transition{block}.norm", x).clamp(min=0)
            x = functional.conv2d(x, w[f"{top}transition{block}.conv.weight"])
            x = functional.avg_pool2d(x, 2, 2)
            steps[f"transition{block}"] = x
    x = _normed(w, f"{top}norm5", x)
    steps["norm5"] = x
    x = x.clamp(min=0).flatten(2)
    x = torch.cat([x.mean(dim=2), x.max(dim=2).values], 1)
    x = _normed(w, "bn1", x)
    steps["bn1"] = x
    x = (x @ w["fc1.weight"].T + w["fc1.bias"]).clamp(min=0)
    steps["bn2"] = _normed(w, "bn2", x)
    return steps


def steps_of(network: nn.Module, names: Mapping[str, str], x: Tensor) -> dict[str, Tensor]:
    """Run a network and return what the modules of the given names give."""
    result: dict[str, Tensor] = {}
    for step, name in names.items():

        def keep(_: nn.Module, __: Any, output: Tensor, step: str = step) -> None:
            result[step] = output.detach().clone()

        network.get_submodule(name).register_forward_hook(keep)
    with torch.no_grad():
        network(x)
    return result


def test_every_layer_of_the_hpa_network_gives_what_its_description_says() -> None:
    weights = hpa_file()
    network = HPADenseNet()
    network.load_state_dict(network.weights_of({"epoch": 3, "state_dict": weights}))
    x = torch.randn(2, 4, 96, 96)
    expected = hpa_path(weights, x)
    names = {step: step if step.startswith("bn") else f"features.{step}" for step in expected}
    result = steps_of(network.eval(), names, x)
    assert list(result) == list(expected)
    assert result["bn1"].shape == (2, 2048)
    assert result["bn2"].shape == (2, 1024)
    for step, value in expected.items():
        torch.testing.assert_close(result[step], value, rtol=1e-3, atol=1e-4, msg=step)
    torch.testing.assert_close(network(x), expected["bn2"], rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(network.logit.weight, weights["logit.weight"])


def test_hpa_names_of_old_torchvision_and_of_parallel_trainings_are_read() -> None:
    weights = {
        f"module.{name}".replace(".norm1.", ".norm.1."): value
        for name, value in hpa_file().items()
        if "num_batches_tracked" not in name
    }
    network = HPADenseNet()
    result = network.weights_of(weights)
    assert set(result) == set(network.state_dict())


def test_hpa_fields_are_scaled_as_the_network_was_shown_them() -> None:
    network = HPADenseNet()
    flat = torch.full((1, 4, 1536, 1536), 51, dtype=torch.uint8)
    result = network.prepare(flat)
    assert result.shape == (1, 4, 1024, 1024)
    mean, deviation = np.array([0.0746, 0.0506, 0.0509, 0.0763]), [0.1228, 0.0857, 0.1299, 0.1194]
    expected = (0.2 - mean) / deviation
    np.testing.assert_allclose(result.mean(dim=(0, 2, 3)).numpy(), expected, rtol=2e-3)
    # A ramp stays a ramp: no shift by half a pixel.
    ramp = (torch.arange(1536) // 8).to(torch.uint8).expand(1, 4, 1536, 1536)
    middle = network.prepare(ramp)[0, 0, 0] * 0.122813 + 0.074598
    steps = (torch.arange(1024) + 0.5) * 1.5 - 0.5
    torch.testing.assert_close(middle * 255, (steps - 3.5) / 8, rtol=0, atol=0.6)


def test_two_names_of_a_layer_must_agree() -> None:
    weights = hpa_file()
    weights["conv1.0.weight"] = weights["conv1.0.weight"] + 1
    with pytest.raises(DataError, match="hold different weights; the file is damaged"):
        HPADenseNet().weights_of(weights)


def subcell_file(width: int, depth: int, gate: int, size: int) -> Weights:
    """Draw weights under the names of the published file."""
    torch.manual_seed(0)
    shapes: dict[str, tuple[int, ...]] = {
        "encoder.embeddings.cls_token": (1, 1, width),
        "encoder.embeddings.position_embeddings": (1, (size // 16) ** 2 + 1, width),
        "encoder.embeddings.patch_embeddings.projection.weight": (width, 4, 16, 16),
        "encoder.embeddings.patch_embeddings.projection.bias": (width,),
        "encoder.layernorm.weight": (width,),
        "encoder.layernorm.bias": (width,),
        "pool_model.attention_v.0.weight": (gate, width),
        "pool_model.attention_v.0.bias": (gate,),
        "pool_model.attention_u.0.weight": (gate, width),
        "pool_model.attention_u.0.bias": (gate,),
        "pool_model.attention.weight": (2, gate),
        "pool_model.attention.bias": (2,),
    }
    for layer in range(depth):
        top = f"encoder.encoder.layer.{layer}."
        for part, out, into in (
            ("attention.attention.query", width, width),
            ("attention.attention.key", width, width),
            ("attention.attention.value", width, width),
            ("attention.output.dense", width, width),
            ("intermediate.dense", 4 * width, width),
            ("output.dense", width, 4 * width),
        ):
            shapes |= {f"{top}{part}.weight": (out, into), f"{top}{part}.bias": (out,)}
        for part in ("layernorm_before", "layernorm_after"):
            shapes |= {f"{top}{part}.weight": (width,), f"{top}{part}.bias": (width,)}
    return {name: torch.randn(shape) * 0.2 for name, shape in shapes.items()}


def subcell_path(w: Weights, x: Tensor, depth: int, heads: int) -> dict[str, Tensor]:
    """Walk the published path, written from its description; return what each step gives."""

    def linear(name: str, x: Tensor) -> Tensor:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def norm(name: str, x: Tensor) -> Tensor:
        centred = x - x.mean(dim=-1, keepdim=True)
        spread = (centred.square().mean(dim=-1, keepdim=True) + 1e-12).sqrt()
        return centred / spread * w[f"{name}.weight"] + w[f"{name}.bias"]

    def gelu(x: Tensor) -> Tensor:
        return x * (1 + torch.erf(x / 2**0.5)) / 2

    n, width = len(x), w["encoder.layernorm.weight"].shape[0]
    kernel = w["encoder.embeddings.patch_embeddings.projection.weight"].reshape(width, -1)
    cut = x.unfold(2, 16, 16).unfold(3, 16, 16).permute(0, 2, 3, 1, 4, 5).reshape(n, -1, 4 * 256)
    tokens = cut @ kernel.T + w["encoder.embeddings.patch_embeddings.projection.bias"]
    first = w["encoder.embeddings.cls_token"].expand(n, 1, width)
    x = torch.cat([first, tokens], 1) + w["encoder.embeddings.position_embeddings"]
    steps = {}
    for layer in range(depth):
        top = f"encoder.encoder.layer.{layer}."
        y = norm(f"{top}layernorm_before", x)
        q, k, v = (
            linear(f"{top}attention.attention.{part}", y).reshape(n, -1, heads, width // heads)
            for part in ("query", "key", "value")
        )
        alike = torch.einsum("bqhd,bkhd->bhqk", q, k) / (width // heads) ** 0.5
        seen = torch.einsum("bhqk,bkhd->bqhd", alike.softmax(dim=-1), v).reshape(n, -1, width)
        x = x + linear(f"{top}attention.output.dense", seen)
        y = gelu(linear(f"{top}intermediate.dense", norm(f"{top}layernorm_after", x)))
        x = x + linear(f"{top}output.dense", y)
        steps[f"layers.{layer}"] = x
    x = norm("encoder.layernorm", x)
    steps["norm"] = x
    gate = torch.tanh(linear("pool_model.attention_v.0", x)) * gelu(
        linear("pool_model.attention_u.0", x)
    )
    share = linear("pool_model.attention", gate).softmax(dim=1)
    steps["pooled"] = torch.cat([(share[..., h : h + 1] * x).sum(dim=1) for h in (0, 1)], 1)
    return steps


def _check_subcell(network: SubCellViT, weights: Weights, depth: int, heads: int) -> Tensor:
    network.load_state_dict(network.weights_of(weights))
    x = torch.rand(2, 4, network.size, network.size)
    expected = subcell_path(weights, x, depth, heads)
    names = {step: step for step in expected if step != "pooled"}
    result: Weights = steps_of(network.eval(), names, x)
    result["pooled"] = network(x)
    for step, value in expected.items():
        torch.testing.assert_close(result[step], value, rtol=1e-3, atol=1e-3, msg=step)
    return result["pooled"]


def test_every_layer_of_a_small_subcell_gives_what_its_description_says() -> None:
    network = SubCellViT(width=24, depth=3, heads=4, gate=10, size=64)
    result = _check_subcell(network, subcell_file(24, 3, 10, 64), 3, 4)
    assert result.shape == (2, 48)


def test_the_whole_subcell_has_the_published_names_and_shapes() -> None:
    with torch.device("meta"):
        network, weights = SubCellViT(), subcell_file(768, 12, 512, 448)
        result = network.weights_of(weights)
    shapes = {name: value.shape for name, value in network.state_dict().items()}
    assert {name: value.shape for name, value in result.items()} == shapes


@pytest.mark.slow
def test_every_layer_of_the_whole_subcell_gives_what_its_description_says() -> None:
    weights = {name: value / 4 for name, value in subcell_file(768, 12, 512, 448).items()}
    assert _check_subcell(SubCellViT(), weights, 12, 12).shape == (2, 1536)


def test_cells_are_scaled_as_a_whole() -> None:
    network = SubCellViT(width=24, depth=1, heads=4, gate=4, size=32)
    cells = torch.randint(10, 200, (3, 4, 32, 32), dtype=torch.uint8)
    result = network.prepare(cells)
    for cell, scaled in zip(cells.double(), result.double(), strict=True):
        expected = (cell - cell.min()) / (cell.max() - cell.min())
        torch.testing.assert_close(scaled, expected, atol=1e-6, rtol=1e-6)
    assert not network.prepare(torch.full((1, 4, 32, 32), 9, dtype=torch.uint8)).any()


def small_subcell() -> SubCellViT:
    return SubCellViT(width=24, depth=2, heads=4, gate=10, size=32)


def _saved(path: Path, weights: Any) -> tuple[str, str]:
    torch.save(weights, path)
    return str(path), hashlib.sha256(path.read_bytes()).hexdigest()


def _encoder(file: str, digest: str) -> PublishedImageEncoder:
    network: Callable[[], nn.Module] = small_subcell
    return PublishedImageEncoder(network, file, digest, batch_size=2)


def test_images_are_embedded_by_the_network_of_the_file(tmp_path: Path) -> None:
    weights = subcell_file(24, 2, 10, 32)
    file, digest = _saved(tmp_path / "encoder.pth", weights)
    pixels = np.random.default_rng(0).integers(0, 255, (3, 4, 32, 32)).astype(np.uint8)
    images = ImageSet(("a", "b", "c"), (("A",), ("A",), ("B",)), ("",) * 3, pixels)
    pixels.flags.writeable = False  # as pixels are that are mapped from the store
    encoder = _encoder(file, digest)
    read = encoder.weights_of(read_weights("key", Path(file), digest))
    result = encoder.embed(images, read, modality="image", training=TRAINING)
    x = torch.from_numpy(pixels.copy()).float()
    low, high = x.amin(dim=(1, 2, 3), keepdim=True), x.amax(dim=(1, 2, 3), keepdim=True)
    expected = subcell_path(weights, (x - low) / (high - low + 1e-6), 2, 4)["pooled"]
    np.testing.assert_allclose(result.vectors, expected.numpy(), rtol=1e-3, atol=1e-3)
    assert not result.logits.any()


def test_files_of_another_network_get_one_line(tmp_path: Path) -> None:
    weights = subcell_file(24, 2, 10, 32)
    encoder = _encoder("encoder.pth", "0f")
    lacking = {k: v for k, v in weights.items() if k != "encoder.encoder.layer.1.output.dense.bias"}
    with pytest.raises(DataError, match=r"the weights 'layers\.1\.linear2\.bias' are m"):
        encoder.weights_of(lacking)
    with pytest.raises(DataError, match="the weights 'classifier' are unknown"):
        encoder.weights_of(weights | {"classifier": torch.zeros(1)})
    with pytest.raises(DataError, match=r"'cls_token' has the shape \(1, 1, 9\), but \(1, 1, 24\)"):
        encoder.weights_of(weights | {"encoder.embeddings.cls_token": torch.zeros(1, 1, 9)})
    file, digest = _saved(tmp_path / "list.pth", [1, 2])
    with pytest.raises(DataError, match=r"list\.pth holds a list, not named weights"):
        read_weights("key", Path(file), digest)
    with pytest.raises(DataError, match=rf"has the sha256 {digest}, but {'0' * 64} was stated"):
        read_weights("key", Path(file), "0" * 64)


def test_a_file_and_its_checksum_must_be_stated() -> None:
    with pytest.raises(ConfigError, match=r"checkpoint must name the file of the published"):
        PublishedImageEncoder(small_subcell)
    with pytest.raises(ConfigError, match=r"checkpoint needs sha256"):
        PublishedImageEncoder(small_subcell, "encoder.pth")
    with pytest.raises(
        ConfigError, match="batch_size must be a whole number of at least 1 or null, got 0"
    ):
        PublishedImageEncoder(small_subcell, "encoder.pth", "0f", batch_size=0)
