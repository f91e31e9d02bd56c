"""Errors a user can act on; each becomes one line and exit code 2 at the command line."""


class CytoweaveError(Exception):
    """Something the user asked for cannot be done; the message says what to change."""


class ConfigError(CytoweaveError):
    """A setting is unknown, out of range, or contradicts another."""


class DataError(CytoweaveError):
    """A file or table does not hold what its reader needs."""
