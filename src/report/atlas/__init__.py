"""Portal of a run: a folder of static pages and data, with its built program."""

from .portal import write_portal

__all__ = ["write_portal"]
