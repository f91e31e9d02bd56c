"""Store of stage results: a cache keyed by code, config, inputs and seed."""

from .memory import MemoryStore
from .plan import NotRememberedError, PlanStore
from .recipe import Recipe, sources_of
from .store import Entry, Remembered, Storable, Store

__all__ = [
    "Entry",
    "MemoryStore",
    "NotRememberedError",
    "PlanStore",
    "Recipe",
    "Remembered",
    "Storable",
    "Store",
    "sources_of",
]
