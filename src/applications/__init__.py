"""What a map is for: questions put to its assemblies and proteins, each against matched controls.

A use of a map is one module with one function ``(use: Use) -> Findings``; see CONTRIBUTING.md.
"""

from .use import Finder, Use

__all__ = ["Finder", "Use"]
