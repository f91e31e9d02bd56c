"""Encoders of protein interactions."""
