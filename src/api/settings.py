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
from .overrides import OVERRIDE_KEY, words

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
    settings = dict(given)
    if modalities:
        settings.setdefault("data", "own")
    store = store_for(given)
    for name, measured in (modalities or {}).items():
        settings[_named("modalities", name)] = modality_node(store, name, measured)
    for name, known in (references or {}).items():
        settings[_named("references", name)] = reference_node(store, name, known)
    return settings


def with_files(
    given: Mapping[str, object],
    *,
    network: NetworkInput | None = None,
    embedding: EmbeddingInput | None = None,
    universe: str | Iterable[str] | None = None,
    **hierarchies: HierarchyInput | None,
) -> dict[str, object]:
    """Return keyword arguments with in-memory data replaced by files of the store."""
    store, settings = store_for(given), dict(given)
    if network is not None:
        settings["network"] = network_file(store, network)
    if embedding is not None:
        settings["embedding"] = embedding_file(store, embedding)
    if universe is not None:
        settings["universe"] = universe_file(store, universe)
    for name, hierarchy in hierarchies.items():
        if hierarchy is not None:
            settings[name] = hierarchy_file(store, hierarchy)
    return settings


def store_for(given: Mapping[str, object]) -> Store:
    """Return the store of keyword arguments, or the default one."""
    named = {name: value for name, value in given.items() if name == "store"}
    return store_of(config.load("store", words(named)))


def _named(part: str, name: str) -> str:
    if not OVERRIDE_KEY.fullmatch(name) or "__" in name:
        raise ConfigError(f"{part}: a name is letters, digits and '_', got {name!r}.")
    return f"data.{part}.{name}"
