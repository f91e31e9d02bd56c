"""Cytoweave: multi-scale cell maps from protein interactions and protein images."""

__version__ = "0.1.0"
