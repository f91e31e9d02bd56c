"""Networks that turn an image into a vector."""
