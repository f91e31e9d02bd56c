"""Settings of a verb from keyword arguments, including in-memory data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .. import config
from ..errors import ConfigError
from ..nodes.build import Settings
from ..store import Store
from ..verbs.settings import load, store_of
from .given import (
    EmbeddingInput,
    HierarchyInput,
    ModalityInput,
    NetworkInput,
    ReferenceInput,
    embedding_file,
    hierarchy_file,
    modality_node,
    network_file,
    reference_node,
    universe_file,
)
from .overrides import KEY, words

Modalities = Mapping[str, ModalityInput]
References = Mapping[str, ReferenceInput]


def settings_of(verb: str, given: Mapping[str, object]) -> Settings:
    """Compose the settings of a verb from keyword arguments."""
    return load(verb, words(given))


def with_data(
    given: Mapping[str, object], modalities: Modalities | None, references: References | None
) -> dict[str, object]:
    """Return keyword arguments with the nodes of modalities and references.

    Modalities without a data config are a data set of their own.
    """
    found = dict(given)
    if modalities:
        found.setdefault("data", "own")
    store = store_for(given)
    for name, measured in (modalities or {}).items():
        found[_named("modalities", name)] = modality_node(store, name, measured)
    for name, known in (references or {}).items():
        found[_named("references", name)] = reference_node(store, name, known)
    return found


def with_files(
    given: Mapping[str, object],
    *,
    network: NetworkInput | None = None,
    embedding: EmbeddingInput | None = None,
    universe: str | Iterable[str] | None = None,
    **hierarchies: HierarchyInput | None,
) -> dict[str, object]:
    """Return keyword arguments with in-memory data replaced by files of the store."""
    store, found = store_for(given), dict(given)
    if network is not None:
        found["network"] = network_file(store, network)
    if embedding is not None:
        found["embedding"] = embedding_file(store, embedding)
    if universe is not None:
        found["universe"] = universe_file(store, universe)
    for name, hierarchy in hierarchies.items():
        if hierarchy is not None:
            found[name] = hierarchy_file(store, hierarchy)
    return found


def store_for(given: Mapping[str, object]) -> Store:
    """Return the store of keyword arguments, or the default one."""
    named = {name: value for name, value in given.items() if name == "store"}
    return store_of(config.load("store", words(named)))


def _named(part: str, name: str) -> str:
    if not KEY.fullmatch(name) or "__" in name:
        raise ConfigError(f"{part}: a name is letters, digits and '_', got {name!r}.")
    return f"data.{part}.{name}"
