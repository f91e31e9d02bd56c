"""Cleaning of the store of stage results."""

from __future__ import annotations

from ..store import Entry
from ..verbs.store import byte_count
from .given import Place
from .settings import store_for


def clean_store(keep: str = "20GB", *, store: Place | None = None) -> list[Entry]:
    """Delete the least recently used results; return the deleted ones.

    Args:
        keep: Maximum remaining size, such as ``20GB`` or ``500MB``.
        store: The store's folder; None: ``$CYTOWEAVE_STORE``, or ``.cytoweave`` here.

    Raises:
        ConfigError: If `keep` is not a size.
    """
    return store_for({} if store is None else {"store": store}).clean(byte_count(keep))
