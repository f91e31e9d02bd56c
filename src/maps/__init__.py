"""From vectors or weighted pairs to a hierarchy of assemblies, its sizes and its file forms."""

from .agglomerative import AverageLinkage, DensityClusters
from .choosing import Ranking
from .communities import Communities, Resolutions
from .comparison import Comparison, compare
from .files import read_hierarchy, write_hierarchy, write_nodes_edges
from .hidef import Hidef, ResolutionRange
from .multiresolution import Multiresolution
from .neighbours import NearestNeighbours, TopFraction
from .partitions import Partitions
from .sizes import Calibration, calibrated, diameter

__all__ = [
    "AverageLinkage",
    "Calibration",
    "Communities",
    "Comparison",
    "DensityClusters",
    "Hidef",
    "Multiresolution",
    "NearestNeighbours",
    "Partitions",
    "Ranking",
    "ResolutionRange",
    "Resolutions",
    "TopFraction",
    "calibrated",
    "compare",
    "diameter",
    "read_hierarchy",
    "write_hierarchy",
    "write_nodes_edges",
]
