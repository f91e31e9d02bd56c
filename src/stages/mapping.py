"""Mapping stage: nearest neighbours, communities, hierarchy."""

from __future__ import annotations

from ..artifacts import Embedding, Hierarchy, Network
from ..maps.clustering.partitions import Partitions
from ..nodes.build import Part
from ..store import Recipe, Remembered, Store


def neighbours(
    store: Store, embedding: Remembered[Embedding], mapping: Part
) -> Remembered[Network]:
    """Link proteins that lie near each other in the embedding."""
    recipe = Recipe("neighbours", mapping.modules, mapping.node["neighbours"], [embedding.key])
    return store.remember(recipe, Network, lambda: mapping.thing.neighbours(embedding.value))


def cluster(
    store: Store, network: Remembered[Network], mapping: Part, seed: int, workers: int
) -> Remembered[Partitions]:
    """Find the communities of a network, the costly half of a map."""
    communities = mapping.node.get("communities", {})
    modules = [type(mapping.thing).__module__]
    recipe = Recipe("cluster", modules, communities, [network.key], seed)
    return store.remember(
        recipe,
        Partitions,
        lambda: mapping.thing.partitions(network.value, seed=seed, workers=workers),
    )


def weave(
    store: Store, network: Remembered[Network], mapping: Part, seed: int, workers: int
) -> Remembered[Hierarchy]:
    """Turn the communities of a network into assemblies, ordered by containment."""
    partitions = cluster(store, network, mapping, seed, workers)
    config = {k: v for k, v in mapping.node.items() if k not in ("neighbours", "communities")}
    recipe = Recipe("map", mapping.modules, config, [network.key, partitions.key])
    return store.remember(
        recipe, Hierarchy, lambda: mapping.thing.weave(network.value, partitions.value)
    )
