"""Readers of somatic mutations: counts per gene, MAF, gene x patient tables."""

from .files import read_mutations, read_pairs

__all__ = ["read_mutations", "read_pairs"]
