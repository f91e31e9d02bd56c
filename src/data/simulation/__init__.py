"""A cell whose assemblies are known, and simulated measurements of it."""

from .cell import simulate

__all__ = ["simulate"]
