"""Structures of protein pairs: which to fold, results of predictors, and their error rates."""
