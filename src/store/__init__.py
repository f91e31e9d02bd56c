"""Stage results, remembered by what went into them."""

from .memory import MemoryStore
from .recipe import Recipe, source_hash
from .store import Entry, Remembered, Storable, Store

__all__ = ["Entry", "MemoryStore", "Recipe", "Remembered", "Storable", "Store", "source_hash"]
