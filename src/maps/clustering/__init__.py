"""Communities of a network: Leiden and agglomerative clustering."""
