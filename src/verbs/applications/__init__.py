"""Verbs of applications of a finished map."""
