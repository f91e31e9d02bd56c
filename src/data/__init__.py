"""Readers of data files: identifiers, networks, tables, images, references, elution profiles."""

from .elution import read_elution
from .identifiers import IdentifierMap
from .images.reader import read_images
from .networks import read_network
from .ontology import read_go
from .reading import check, read, source_files
from .references import read_corum, read_gmt, read_hpa
from .tables import read_embedding, read_table

__all__ = [
    "IdentifierMap",
    "check",
    "read",
    "read_corum",
    "read_elution",
    "read_embedding",
    "read_gmt",
    "read_go",
    "read_hpa",
    "read_images",
    "read_network",
    "read_table",
    "source_files",
]
