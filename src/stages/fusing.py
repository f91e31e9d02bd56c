"""Fusion stage: choose proteins, fuse modalities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..artifacts import Embedding
from ..errors import DataError, settings_of
from ..store import Recipe, Remembered, Store
from .parts import Parts


def keep_proteins(
    embeddings: Mapping[str, Remembered[Embedding]], keep: str
) -> dict[str, Remembered[Embedding]]:
    """Return the embeddings over the proteins that are to be fused.

    Args:
        embeddings: Modality -> its embedding.
        keep: ``all_modalities`` or ``any_modality``.

    Raises:
        DataError: If no protein is left.
    """
    if keep == "any_modality":
        return dict(embeddings)
    shared = set.intersection(*(set(found.value.proteins) for found in embeddings.values()))
    if not shared:
        raise DataError(
            f"data.keep=all_modalities leaves no protein: none has all of {', '.join(embeddings)}; "
            "set data.keep=any_modality."
        )
    others = " & ".join(sorted(found.key for found in embeddings.values()))
    return {
        name: replace(
            found, value=found.value.restrict(sorted(shared)), key=f"{found.key} in {others}"
        )
        for name, found in embeddings.items()
    }


def fuse(
    store: Store, embeddings: Mapping[str, Remembered[Embedding]], parts: Parts, seed: int
) -> Remembered[Embedding]:
    """Fuse all modalities into one vector per protein."""
    fusion = parts.fusion
    config: dict[str, Any] = {"names": list(embeddings), "fusion": fusion.node}
    arguments: dict[str, Any] = {"seed": seed}
    if fusion.takes("training"):
        config["trainer"] = parts.trainer.node
        arguments["training"] = parts.trainer.thing
    inputs = [embedding.key for embedding in embeddings.values()]
    recipe = Recipe("fuse", [*fusion.modules, *parts.trainer.modules], config, inputs, seed)
    values = {name: found.value for name, found in embeddings.items()}
    with settings_of("fusion"):
        return store.remember(recipe, Embedding, lambda: fusion.thing(values, **arguments))
