"""Readers of images: fields of view, manifests, channels, nuclei, crops."""
