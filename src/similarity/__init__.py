"""Similarity of vectors and of sets, in NumPy and SciPy alone."""
