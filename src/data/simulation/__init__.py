"""Simulation of a cell with known assemblies, and of its measurements."""

from .cell import simulate

__all__ = ["simulate"]
