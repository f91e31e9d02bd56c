"""The stages of an experiment, each remembered in the store."""

from .evaluating import evaluate, lay_out
from .fusing import fuse, keep_proteins
from .mapping import cluster, neighbours, weave
from .parts import Parts
from .reading import (
    Readings,
    as_embedding,
    as_network,
    check_data,
    contract_of,
    images_for,
    images_in,
    read_all,
    read_at,
    read_given_hierarchy,
    read_pairs,
    read_part,
    simulate,
)

__all__ = [
    "Parts",
    "Readings",
    "as_embedding",
    "as_network",
    "check_data",
    "cluster",
    "contract_of",
    "evaluate",
    "fuse",
    "images_for",
    "images_in",
    "keep_proteins",
    "lay_out",
    "neighbours",
    "read_all",
    "read_at",
    "read_given_hierarchy",
    "read_pairs",
    "read_part",
    "simulate",
    "weave",
]
