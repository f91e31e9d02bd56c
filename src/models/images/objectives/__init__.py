"""Training objectives of image encoders."""
