"""Recurrently mutated assemblies: more mutations than the background explains."""
