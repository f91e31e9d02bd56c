"""Backbones: convolutional networks and vision transformers for cell images."""
