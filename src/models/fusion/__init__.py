"""Multimodal fusion: one embedding from those of several modalities."""
