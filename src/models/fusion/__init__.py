"""Fusion of modalities into one embedding."""
