"""Applications of a map: tests of its assemblies and proteins against matched controls.

A use of a map is one module with one function ``(use: Use) -> Findings``; see CONTRIBUTING.md.
"""

from .use import Finder, Use

__all__ = ["Finder", "Use"]
