"""Vision transformer of SubCell for single cells, for its published weights."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from ....artifacts import CHANNELS
from ....nodes.ranges import AtLeastOne, checked
from .vit import transformer

SIZE, PATCH = 448, 16
"""Width of a cell's crop and of a patch, in pixels."""

EPSILON = 1e-6
"""Added to the range of a crop."""

LAYER_EPSILON = 1e-12
"""Of the layer norms, as published."""

PER_LAYER = {
    "attention.output.dense": "self_attn.out_proj",
    "intermediate.dense": "linear1",
    "output.dense": "linear2",
    "layernorm_before": "norm1",
    "layernorm_after": "norm2",
}
"""Published names of a layer's parts, and those of torch; queries, keys and values are joined."""


@checked
class SubCellViT(nn.Module):
    """ViT-B/16 over crops of 448 px, its tokens pooled by two heads of gated attention.

    The path: crops in the order red, yellow, blue, green, each scaled as a whole to 0..1; patches
    of 16 px, a class token, learnt places; 12 layers that normalise first; norm; two weighted
    means of all 785 tokens, the weights a softmax of ``w . (tanh(V h) * gelu(U h))``, side by side
    (1,536).

    It was trained on images of the Human Protein Atlas with protein labels, not with locations.

    Args:
        width: Width of the tokens; values other than the default are for tests.
        depth: Layers.
        heads: Number of heads of the self-attention.
        gate: Width of the gate of the attention pooling.
        size: Width of a crop in pixels.

    Source: Gupta et al., bioRxiv 2024, doi:10.1101/2024.12.06.627299.
    """

    def __init__(
        self,
        width: AtLeastOne = 768,
        depth: AtLeastOne = 12,
        heads: AtLeastOne = 12,
        gate: AtLeastOne = 512,
        size: AtLeastOne = SIZE,
    ) -> None:
        super().__init__()
        self.depth, self.size = depth, size
        self.patches = nn.Conv2d(len(CHANNELS), width, PATCH, stride=PATCH)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.places = nn.Parameter(torch.zeros(1, (size // PATCH) ** 2 + 1, width))
        self.layers = transformer(width, depth, heads, LAYER_EPSILON)
        self.norm = nn.LayerNorm(width, LAYER_EPSILON)
        self.content = nn.Linear(width, gate)
        self.gate = nn.Linear(width, gate)
        self.weigh = nn.Linear(gate, 2)

    def prepare(self, cells: Tensor) -> Tensor:
        """Scale each crop as a whole to 0..1: ``(B, 4, S, S)`` uint8 -> float32 of `size`."""
        pixels = cells.float()
        if pixels.shape[-1] != self.size:
            pixels = functional.interpolate(
                pixels, size=(self.size, self.size), mode="bilinear", align_corners=False
            )
        low, high = (edge(pixels, dim=(1, 2, 3), keepdim=True) for edge in (torch.amin, torch.amax))
        return (pixels - low) / (high - low + EPSILON)

    def forward(self, pixels: Tensor) -> Tensor:
        """Embed prepared crops: ``(B, 4, size, size)`` -> ``(B, 2 width)``."""
        patches = self.patches(pixels).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.cls_token.expand(len(patches), -1, -1), patches], dim=1)
        tokens = self.norm(self.layers(tokens + self.places))
        gated = torch.tanh(self.content(tokens)) * functional.gelu(self.gate(tokens))
        weights = self.weigh(gated).softmax(dim=1)
        return torch.einsum("bkh,bkd->bhd", weights, tokens).flatten(1)

    def weights_of(self, state: Mapping[str, object]) -> dict[str, Tensor]:
        """Return published weights under the names of this module; unknown names are kept."""
        given: dict[str, Tensor] = dict(state.get("state_dict", state))  # type: ignore[call-overload]
        weights: dict[str, Tensor] = {}
        for layer in range(self.depth):
            source = f"encoder.encoder.layer.{layer}."
            joined = [f"{source}attention.attention.{part}." for part in ("query", "key", "value")]
            for kind in ("weight", "bias"):
                names = [name + kind for name in joined]
                if all(name in given for name in names):
                    whole = torch.cat([given.pop(name) for name in names])
                    weights[f"layers.{layer}.self_attn.in_proj_{kind}"] = whole
        return weights | {own_name(name): value for name, value in given.items()}


TENSOR_NAMES = {
    "encoder.embeddings.cls_token": "cls_token",
    "encoder.embeddings.position_embeddings": "places",
    "encoder.embeddings.patch_embeddings.projection": "patches",
    "encoder.layernorm": "norm",
    "pool_model.attention_v.0": "content",
    "pool_model.attention_u.0": "gate",
    "pool_model.attention": "weigh",
}
"""Published names outside the layers."""


def own_name(given: str) -> str:
    """Return this package's name of a published weight, or the name itself if it is unknown."""
    prefix = "encoder.encoder.layer."
    if given.startswith(prefix):
        layer, _, rest = given.removeprefix(prefix).partition(".")
        for part, ours in PER_LAYER.items():
            if rest.startswith(f"{part}."):
                return f"layers.{layer}.{ours}{rest.removeprefix(part)}"
    for whole, ours in TENSOR_NAMES.items():
        if given == whole or given in (f"{whole}.weight", f"{whole}.bias"):
            return ours + given.removeprefix(whole)
    return given
