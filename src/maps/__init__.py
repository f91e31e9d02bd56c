"""From vectors or weighted pairs to a hierarchy of assemblies, its sizes and its file forms."""

from .files import read_hierarchy, write_nodes_edges
from .sizes import diameter

__all__ = ["diameter", "read_hierarchy", "write_nodes_edges"]
