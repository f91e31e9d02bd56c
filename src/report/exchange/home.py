"""URL of a run's map on an NDEx server, saved in its folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ...artifacts import whole

HOME = "ndex.json"


@dataclass(frozen=True)
class Home:
    """Addresses of an uploaded map.

    Attributes:
        server: Address of the server.
        network: Id of the network of its proteins.
        hierarchy: Id of the map.
    """

    server: str
    network: str
    hierarchy: str

    def attributes(self) -> dict[str, str]:
        """Return what a hierarchy says of its network, by which Cytoscape Web knows a cell map."""
        host = urlsplit(self.server).netloc or self.server
        return {
            "HCX::interactionNetworkUUID": self.network,
            "HCX::interactionNetworkHost": host,
        }

    @property
    def link(self) -> str:
        """Return the page of Cytoscape Web that opens the map."""
        return f"https://web.cytoscape.org/0/networks/{self.hierarchy}"


def home_of(folder: Path) -> Home | None:
    """Return where the map of a run was uploaded to; None where it was not.

    Raises:
        DataError: If the file that says so is damaged.
    """
    path = folder / HOME
    if not path.is_file():
        return None
    with whole(path, "remove it, and upload the map again."):
        return Home(**json.loads(path.read_text(encoding="utf-8")))
