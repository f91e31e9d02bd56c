"""Protein function prediction: terms that proteins lack, from a map and its data."""
