"""Objects and values from config nodes, without Hydra."""
