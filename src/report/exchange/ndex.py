"""Upload of a map to an NDEx server, for Cytoscape Web.

The network of the proteins goes first; the hierarchy then names it by its address. Both addresses
stay with the run in ``ndex.json``, so that a second upload replaces what the first one left.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import keyring
from keyring.errors import KeyringError
from ndex2.client import Ndex2
from ndex2.exceptions import NDExError, NDExUnauthorizedError
from requests import RequestException

from ...artifacts import whole
from ...errors import ConfigError, DataError
from .hcx import write_cx2
from .home import HOME, Home, home_of

USER, PASSWORD = "NDEX_USER", "NDEX_PASSWORD"
SERVICE = "cytoweave-ndex"
"""What a keyring holds an account under, followed by the server's name."""

SECONDS = 300
"""Longest wait for an answer to a whole network."""


@dataclass(frozen=True)
class Account:
    """Who uploads; the password is in no text that is made of it."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Account({self.user!r})"


def account(server: str) -> Account:
    """Return the account in ``NDEX_USER`` and ``NDEX_PASSWORD``, else the one in the keyring.

    Raises:
        ConfigError: If there is none.
    """
    user, password = os.environ.get(USER), os.environ.get(PASSWORD)
    if user and password:
        return Account(user, password)
    try:
        credential = keyring.get_credential(f"{SERVICE}:{host_of(server)}", user)
    except KeyringError:  # this machine has no keyring
        credential = None
    if credential is None:
        raise ConfigError(
            f"no account for {host_of(server)}: set {USER} and {PASSWORD}, "
            f"or store one by `keyring set {SERVICE}:{host_of(server)} USER`."
        )
    return Account(credential.username, credential.password)


def host_of(server: str) -> str:
    """Return the name of a server from its address, with its port where it has one."""
    return urlsplit(server if "//" in server else f"https://{server}").netloc


def upload(folder: Path, server: str, who: Account, *, public: bool) -> Home:
    """Upload the map of a finished run; write its addresses into the folder.

    Args:
        folder: The folder of the run.
        server: Address of an NDEx server.
        who: The account that will own it.
        public: Whether everybody may see it.

    Raises:
        DataError: If a file of the run is damaged, or the server refuses or does not answer. What
            was uploaded until then is removed again.
    """
    files = [folder / name for name in ("hierarchy_parent.cx2", "hierarchy.cx2")]
    documents = []
    for path in files:
        with whole(path, "make the run again."):
            documents.append(json.loads(path.read_text(encoding="utf-8")))
    parent, hierarchy = documents
    earlier = home_of(folder)
    with _refused(server, who.user):
        client = Ndex2(server, who.user, who.password, timeout=SECONDS, skip_version_check=True)
        if earlier and earlier.server == server:
            _replace(client, parent, earlier.network)
            _replace(client, hierarchy, earlier.hierarchy)
            return earlier
        visibility = "PUBLIC" if public else "PRIVATE"
        network = _new(client, parent, visibility)
        with _undone(client, network):
            _point(hierarchy, Home(server, network, "").attributes())
            home = Home(server, network, _new(client, hierarchy, visibility))
    (folder / HOME).write_text(json.dumps(asdict(home), indent=1) + "\n", encoding="utf-8")
    write_cx2(files[1], hierarchy)
    return home


def _point(hierarchy: list[dict[str, list[dict[str, object]]]], home: Mapping[str, str]) -> None:
    """Add the address of the network of its proteins to a hierarchy."""
    for aspect in hierarchy:
        for attributes in aspect.get("networkAttributes", []):
            attributes.update(home)
        for declared in aspect.get("attributeDeclarations", []):
            columns = declared["networkAttributes"]
            assert isinstance(columns, dict)
            columns.update({name: {"d": "string"} for name in home})


def _new(client: Ndex2, document: object, visibility: str) -> str:
    """Upload a document as a new network; return its id."""
    return str(client.save_new_cx2_network(document, visibility=visibility)).rpartition("/")[2]


def _replace(client: Ndex2, document: object, uuid: str) -> None:
    client.update_cx2_network(io.BytesIO(json.dumps(document).encode()), uuid)


@contextmanager
def _undone(client: Ndex2, uuid: str) -> Iterator[None]:
    """Remove a network again if what follows fails."""
    try:
        yield
    except BaseException:
        client.delete_network(uuid)
        raise


@contextmanager
def _refused(server: str, user: str) -> Iterator[None]:
    """Say in one line what a server did not like."""
    try:
        yield
    except NDExUnauthorizedError as error:
        raise DataError(f"{host_of(server)} does not know '{user}' with this password.") from error
    except (NDExError, RequestException) as error:
        lines = str(error).strip().splitlines()[:1] or ["no answer"]
        raise DataError(f"{host_of(server)}: {lines[0][:300]}") from error
