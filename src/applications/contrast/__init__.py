"""Contrasts over conditions: assemblies that change or stay, and proteins that move."""
