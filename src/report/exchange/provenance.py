"""Provenance entities of an RO-Crate: software, settings, inputs, people, licences."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import distribution, requires
from urllib.parse import quote

import pandas as pd
from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from ...errors import without_passwords

NOT_PARAMETERS = ("author", "command", "title")
"""Settings that the crate says elsewhere."""

AUTHOR = re.compile(r"(?P<name>[^<>]+?)\s*(?:<(?P<url>[^<>\s]+)>)?")
UNKNOWN = "not stated"


def software(crate: ROCrate) -> ContextEntity:
    """Add Cytoweave in its version, and what it is installed with; return it."""
    direct = [name for name in requires("cytoweave") or () if "extra ==" not in name]
    names = sorted(re.split(r"[\s<>=!~;\[(]", name)[0] for name in direct)
    needed = [_release(crate, name) for name in names]
    python = {"softwareVersion": platform.python_version(), "url": "https://www.python.org/"}
    needed.append(entity(crate, "https://www.python.org/", "SoftwareApplication", "Python", python))
    ours = _release(crate, "cytoweave")
    ours["softwareRequirements"] = needed
    return ours


def parameters(crate: ROCrate, action: str, config: Mapping[str, object]) -> list[ContextEntity]:
    """Add every setting of a config that is not null; return them."""
    entities = []
    for name, value in _leaves(config):
        if name not in NOT_PARAMETERS and value is not None:
            text = value if isinstance(value, str) else json.dumps(value)
            known = {"value": without_passwords(text)}
            identifier = f"{action}/parameter/{quote(name, safe='')}"
            entities.append(entity(crate, identifier, "PropertyValue", name, known))
    return entities


def input_files(crate: ROCrate, inputs: pd.DataFrame) -> list[ContextEntity]:
    """Add the files that a run was made from, which are not in its folder; return them.

    Args:
        crate: Where to.
        inputs: One a row, see `INPUT_COLUMNS`.
    """
    entities = []
    for number, row in enumerate(inputs.to_dict("records"), 1):
        many = f", {row['files']} files" if row["files"] != "1" else ""
        known = {
            "description": f"{row['part']}{many}",
            "contentSize": row["bytes"],
            "sha256": row["sha256"],
            "license": licence(crate, row["licence"]),
        }
        known |= {"url": row["url"]} if row["url"] else {}
        entities.append(entity(crate, f"#input/{number}", "CreativeWork", row["file"], known))
    return entities


def licence(crate: ROCrate, text: str) -> ContextEntity:
    """Add a licence by its address or its name; return it."""
    name = text or UNKNOWN
    url = re.search(r"https?://\S+", name)
    identifier = url[0] if url else f"#licence/{quote(name, safe='')}"
    return entity(crate, identifier, "CreativeWork", name, {"description": "A licence"})


def person(crate: ROCrate, author: object) -> ContextEntity:
    """Add who is responsible, written ``NAME`` or ``NAME <URL>``; return them."""
    match = AUTHOR.fullmatch(str(author or UNKNOWN))
    name, url = (match["name"], match["url"]) if match else (str(author), None)
    return entity(crate, url or "#author", "Person", name, {})


def single(entities: Sequence[Entity]) -> Entity | Sequence[Entity]:
    """Return entities as RO-Crate wants the value of a property: a list only of several."""
    return entities[0] if len(entities) == 1 else entities


def entity(
    crate: ROCrate, identifier: str, kind: str, name: str, known: Mapping[str, object]
) -> ContextEntity:
    """Add an entity that is no file of the crate; return it."""
    properties = {"@type": kind, "name": name, **known}
    added: ContextEntity = crate.add(ContextEntity(crate, identifier, properties))
    return added


def _release(crate: ROCrate, name: str) -> ContextEntity:
    version, terms = _installed(name)
    url = f"https://pypi.org/project/{name}/{quote(version)}/"
    known: dict[str, object] = {"softwareVersion": version, "url": url}
    if terms:
        known["license"] = licence(crate, terms)
    return entity(crate, url, "SoftwareApplication", name, known)


@cache
def _installed(name: str) -> tuple[str, str]:
    """Return version and licence of a package; its metadata are parsed anew at each look."""
    about = distribution(name).metadata
    return about["Version"], " ".join(about.get_all("License-Expression") or ())


def _leaves(config: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value
