"""Stage results, remembered by what went into them."""

from .memory import MemoryStore
from .recipe import Recipe, sources_of
from .store import Entry, Remembered, Storable, Store

__all__ = ["Entry", "MemoryStore", "Recipe", "Remembered", "Storable", "Store", "sources_of"]
