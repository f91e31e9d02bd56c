"""Artifacts: immutable results that pass between stages, with save and load."""

from .elution import ElutionProfiles
from .embedding import Embedding
from .files import Floats, Ints, read_table, whole
from .findings import Card, Findings, plain
from .hierarchy import Hierarchy
from .image_contract import AS_READ, ImageContract
from .image_vectors import ImageVectors
from .images import CHANNELS, IMAGE_COLUMNS, ImageSet, file_filled_by, write_pixels
from .network import Network
from .ontology import ANNOTATION_COLUMNS, Annotations, Ontology
from .reading import (
    IDENTIFIER_COLUMNS,
    INPUT_COLUMNS,
    KINDS,
    VECTORS,
    Measurement,
    Reading,
)
from .scores import Scores
from .spreadsheets import as_written, guarded, unguarded, write_packed, write_tsv
from .terms import TermSet

__all__ = [
    "ANNOTATION_COLUMNS",
    "AS_READ",
    "CHANNELS",
    "IDENTIFIER_COLUMNS",
    "IMAGE_COLUMNS",
    "INPUT_COLUMNS",
    "KINDS",
    "VECTORS",
    "Annotations",
    "Card",
    "ElutionProfiles",
    "Embedding",
    "Findings",
    "Floats",
    "Hierarchy",
    "ImageContract",
    "ImageSet",
    "ImageVectors",
    "Ints",
    "Measurement",
    "Network",
    "Ontology",
    "Reading",
    "Scores",
    "TermSet",
    "as_written",
    "file_filled_by",
    "guarded",
    "plain",
    "read_table",
    "unguarded",
    "whole",
    "write_packed",
    "write_pixels",
    "write_tsv",
]
