"""Image encoders: training, embedding, pooling."""
