"""Config nodes into objects and values; no Hydra."""
