"""The resolved config of a command, printed as YAML by ``--cfg``."""

from __future__ import annotations

from collections.abc import Mapping

from .. import config
from ..artifacts import AS_READ
from ..config import PARTS
from ..data.reading import reader_of
from ..errors import without_passwords
from ..nodes.build import Config, Settings, build
from ..nodes.conf import ACTIONS, OF_MANY, groups
from ..nodes.defaults import completed, with_defaults
from ..stages.dataset import completed as data_completed
from ..stages.reading import read_at


def show_config(verb: str, words: list[str]) -> None:
    """Print the config of a command, including all defaults."""
    print(without_passwords(config.dump(resolved(verb, words))), end="")  # noqa: T201


def resolved(verb: str, words: list[str]) -> Settings:
    """Return the composed config of a command with the defaults of all its components.

    For verbs with many runs, the config of these is under ``run``.

    Raises:
        ConfigError: If a setting is unknown, of another type or out of range.
    """
    if words and words[0] in ACTIONS.get(verb, ()):
        words = words[1:]
    own, theirs = config.split(words, verb) if verb in OF_MANY else (words, [])
    settings = config.load(verb, own)
    for group in groups(verb):
        if isinstance(settings.get(group), Mapping) and "_target_" in settings[group]:
            component = build(group, settings[group])
            settings[group] = completed(group, settings[group])
            if group == "image_encoder":
                contract = getattr(component, "contract", AS_READ)
                settings["data"] = read_at(settings["data"], contract.fields_at)
    if isinstance(settings.get("data"), Mapping):
        settings["data"] = _data(settings["data"])
    return settings | ({"run": resolved("run", theirs)} if verb in OF_MANY else {})


def _data(node: Config) -> Settings:
    """Return a data config with the defaults of its readers and of the simulated cell."""
    data = dict(data_completed(node))
    for kind in PARTS:
        data[kind] = {name: _reader(part) for name, part in data[kind].items()}
    if data["pairs"]:
        data["pairs"] = _reader(data["pairs"])
    if data["simulate"]:
        data["simulate"] = {"seed": None} | with_defaults(config.simulator(), data["simulate"])
    return data


def _reader(node: Config) -> Settings:
    return {"kind": node["kind"]} | with_defaults(reader_of("data", node), node)
