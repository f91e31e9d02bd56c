"""The verb ``upload``: upload a finished map to NDEx."""

from __future__ import annotations

from pathlib import Path

from .. import config
from ..errors import ConfigError
from ..nodes.build import Config
from ..report import Home, upload_run
from ..terminal.console import console

SERVERS = ("ndex",)


def upload(overrides: list[str]) -> None:
    """Upload ndex run=DIR: a finished map to NDEx, where Cytoscape Web opens it."""
    if not overrides or overrides[0] not in SERVERS:
        raise ConfigError(f"say `cytoweave upload PLACE run=DIR`, PLACE one of {SERVERS[0]}.")
    settings = config.load("upload", overrides[1:])
    home = uploaded(settings)
    console.print(f"network: {home.server}/viewer/networks/{home.network}", highlight=False)
    console.print(f"map: {home.link}", highlight=False)
    if not settings["public"]:
        console.print("Only you see it until it is made public; sign in to open it.")


def uploaded(settings: Config) -> Home:
    """Upload the map of a finished run; return its URL."""
    return upload_run(Path(settings["run"]), settings["server"], public=settings["public"])
