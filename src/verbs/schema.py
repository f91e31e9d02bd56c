"""The verb ``schema``: a JSON schema of every verb's config, from the signatures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from .. import config
from ..data.reading import READERS
from ..data.simulation import simulate
from ..errors import ConfigError
from ..nodes.annotations import schema as schema_of_hint
from ..nodes.build import Config, find
from ..nodes.conf import groups, verb_header
from ..nodes.ranges import RUN_ARGUMENTS
from ..nodes.schema import Json, json_schema, schema_of
from ..nodes.settings import SETTINGS
from ..nodes.settings_checks import fields_of, required_in
from ..terminal.console import show_paths

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PLUGGED = {"type": "object", "required": ["_target_"]} | {
    "properties": {"_target_": {"type": "string", "not": {"pattern": r"^cytoweave\."}}}
}
"""A component of a plug-in, whose arguments are not known here."""

RUN_KEYS = {"title": {"type": "string"}, "command": {"type": "string"}}
"""Keys of a run's ``config.yaml`` besides the composed ones."""


def schema(overrides: list[str]) -> None:
    """The JSON schema of every verb's config."""
    settings = config.load("schema", overrides)
    out = Path(settings["out"]).absolute()
    if out.exists() and not settings["overwrite"]:
        raise ConfigError(f"out={out} exists; choose another or set overwrite=true.")
    text = json.dumps(config_schema(), indent=1) + "\n"
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"out={out}: {error.strerror}.") from None
    show_paths([("schema", out)])


def config_schema() -> Json:
    """Return the schema of a mapping from verbs to their composed configs."""
    offered = {group: names for verb in SETTINGS for group, names in groups(verb).items()}
    nodes = {key: [config.option(key, name) for name in names] for key, names in offered.items()}
    targets = list(_targets(nodes))
    partial = {path for path, is_partial in targets if is_partial}
    parts = {path: _part(path, path in partial) for path, _ in targets}
    readers = {f"reader.{kind}": _reader(kind, reader) for kind, reader in READERS.items()}
    schema = {
        "$schema": DIALECT,
        "title": "Configs of cytoweave: each verb with what it composes",
        "type": "object",
        "properties": {verb: _verb(verb, nodes) for verb in SETTINGS},
        "additionalProperties": False,
        "$defs": parts | readers | {"reader": {"oneOf": _refs(readers)}},
    }
    return {name: _with_parts(value, parts) for name, value in schema.items()}


def _verb(verb: str, nodes: Mapping[str, list[Config]]) -> Json:
    schema = _settings(SETTINGS[verb])
    for group in groups(verb):
        tops = dict.fromkeys(node["_target_"] for node in nodes[group] if "_target_" in node)
        if tops:
            schema["properties"][group] = {"anyOf": [*_refs(tops), PLUGGED]}
    schema["properties"] |= RUN_KEYS
    return {"description": verb_header(verb), **schema}


def _settings(hint: object) -> Json:
    """Return the schema of a mapping of settings, or of a value."""
    fields = fields_of(hint)
    if fields is None:
        return json_schema(schema_of_hint(hint))
    properties = {name: _settings(inner) for name, inner in fields.items()}
    for name in properties.keys() & {"modalities", "references"}:
        properties[name] = {"type": "object", "additionalProperties": {"$ref": "#/$defs/reader"}}
    if "simulate" in properties:
        cell = schema_of(simulate, ("folder", "workers"))
        seed = {"anyOf": [cell["properties"]["seed"], {"type": "null"}]}
        cell["properties"] |= {"seed": seed}
        properties |= {"simulate": {"anyOf": [cell, {"type": "null"}]}}
        properties |= {"pairs": {"anyOf": [{"$ref": "#/$defs/reader"}, {"type": "null"}]}}
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    schema |= {"required": sorted(required_in(hint))}
    return {"anyOf": [schema, {"type": "null"}]} if not isinstance(hint, type) else schema


def _reader(kind: str, reader: Callable[..., object]) -> Json:
    schema = schema_of(reader, RUN_ARGUMENTS)
    schema["properties"] = {"kind": {"const": kind}, **schema["properties"]}
    return schema | {"required": ["kind", *schema["required"]]}


def _part(path: str, is_partial: bool) -> Json:
    schema = schema_of(find("", {"_target_": path}))
    given = {"_target_": {"const": path}, "_partial_": {"type": "boolean"}}
    required = [] if is_partial else schema["required"]
    return schema | {
        "properties": given | schema["properties"],
        "required": ["_target_", *required],
    }


def _targets(node: object) -> Iterator[tuple[str, bool]]:
    if isinstance(node, Mapping) and "_target_" in node:
        yield node["_target_"], bool(node.get("_partial_"))
    if isinstance(node, Mapping | list):
        for value in node.values() if isinstance(node, Mapping) else node:
            yield from _targets(value)


def _with_parts(node: object, parts: Mapping[str, Json]) -> object:
    """Return a schema in which component arguments refer to the allowed classes."""
    if isinstance(node, list):
        return [_with_parts(value, parts) for value in node]
    if not isinstance(node, Mapping):
        return node
    if node.get("required") == ["_target_"] and "properties" not in node:
        named = [path for path in parts if path.endswith(f".{node.get('title')}")]
        return {"anyOf": [*_refs(named or parts), PLUGGED]}
    return {name: _with_parts(value, parts) for name, value in node.items()}


def _refs(names: Iterable[str]) -> list[Json]:
    return [{"$ref": f"#/$defs/{name}"} for name in names]
