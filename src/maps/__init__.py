"""Maps: neighbour networks, community detection, and hierarchies of assemblies."""

from ..data.hierarchies.files import read_hierarchy, write_hierarchy, write_nodes_edges
from .clustering.agglomerative import AverageLinkage, DensityClusters
from .clustering.communities import Communities, Resolutions
from .clustering.dendrograms import Dendrograms
from .clustering.partitions import Partitions
from .comparison import Comparison, compare
from .ensemble import ClusterEnsemble
from .hidef.hidef import Hidef, ResolutionRange
from .multiresolution import Multiresolution
from .neighbours import NearestNeighbours, TopFraction
from .ranking import Ranking
from .sizes import Calibration, calibrated, diameter

__all__ = [
    "AverageLinkage",
    "Calibration",
    "ClusterEnsemble",
    "Communities",
    "Comparison",
    "Dendrograms",
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
