"""Community detection: Leiden and agglomerative clustering."""
