"""Metrics of embeddings: retrieval, neighbours, link prediction, locations."""
