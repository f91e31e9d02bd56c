"""PPI encoders: network embeddings of protein interactions."""
