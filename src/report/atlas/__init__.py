"""The portal of a run: a folder of pages and data that opens from disk, and its built program."""

from .portal import write_portal

__all__ = ["write_portal"]
