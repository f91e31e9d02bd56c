"""Metrics of embeddings: pair retrieval, kNN precision and accuracy, link prediction."""
