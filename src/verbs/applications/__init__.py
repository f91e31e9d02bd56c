"""Verbs that use a finished map: each puts one question to it."""
