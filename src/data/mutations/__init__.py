"""Somatic mutations as they come: counts per gene, lists of calls, tables of patients."""

from .files import read_mutations, read_pairs

__all__ = ["read_mutations", "read_pairs"]
