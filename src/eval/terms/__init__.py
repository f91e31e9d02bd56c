"""Metrics of maps against term sets: enrichment, recovery, splits."""
