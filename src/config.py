"""Compose configs from `conf/` and command-line overrides with Hydra, as plain dictionaries."""

from __future__ import annotations

import copy
import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from inspect import signature
from itertools import product
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra._internal.sources_registry import SourcesRegistry
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import ConfigCompositionException, HydraException, MissingConfigException
from hydra.plugins.config_source import ConfigResult
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from .errors import ConfigError, settings_of
from .nodes import plugins, yaml_files
from .nodes.build import Config, Settings, find
from .nodes.conf import (
    FILE_KEYS,
    VARIABLE,
    chosen_options,
    conf_folder,
    groups,
    option_folders,
    options,
    own_keys,
)
from .nodes.moved import refuse_moved
from .nodes.ranges import fitted
from .nodes.settings_checks import check_settings
from .nodes.values import fresh
from .terminal import cores

LIST_KEYS = ("accept", "insecure")
"""Top-level settings that are lists of names, which may be written without brackets: ``a,b``."""

GROUP = "source"
"""The same, and a folder of `conf/`: Hydra takes a list there for an option, but no mapping."""

PARTS = ("modalities", "references")
"""Groups of reader nodes in a data config."""


PART_NAME = re.compile(r"(?! )[^/.\x00-\x1f\x7f]+(?<! )")
"""Names of modalities and references."""

RESERVED_KEYS = ("assemblies", "X_pca", "X_umap")
"""Keys in AnnData files of runs that no modality may use."""


LOCATION_SETTINGS = (
    "accept", "author", "calibration", "command", "data_root", "fetch", "launcher", "out",
    "overwrite", "plugins", "store", "title", "workers",
)  # fmt: skip
"""Top-level settings about where and how a run is executed, not about its result."""


class OptionFiles(FileConfigSource):
    """Hydra config source for options of a lab or plug-in, which checks files before reading."""

    @staticmethod
    def scheme() -> str:
        """Return the URL scheme of this source in Hydra's search path."""
        return "options"

    def load_config(self, config_path: str) -> ConfigResult:
        """Read one file.

        Raises:
            ConfigError: If the file is refused.
        """
        path = Path(self.path) / self._normalize_file_name(config_path)
        if path.exists():
            yaml_files.check(path)
        return super().load_config(config_path)


def load(verb: str, overrides: Sequence[str] = ()) -> Settings:
    """Compose the config of a verb.

    Args:
        verb: Name of a file in `conf/`.
        overrides: ``key=value`` in Hydra's grammar; paths need no quotes, and an argument that a
            part or a reader takes needs no ``+`` where its file leaves it at its default.

    Returns:
        Nested plain dictionaries, every interpolation resolved. A modality or reference of a data
        config that was set to null is left out.

    Raises:
        ConfigError: If a key or an option does not exist, a value is missing, or one of the verb's
            own settings or of its data is of another type or out of range. Options of groups are
            checked when they are built.
    """
    overrides = [_quoted(override) for override in overrides]
    _check_grammar(overrides)
    plugins.load(_plugins_in(overrides))
    _check_choices(verb, overrides)
    try:
        composed = _with_parts(_plain(_composed(verb, overrides)))
    except MissingConfigException as error:
        if plugins.load_installed():  # a plug-in may define the option
            return load(verb, overrides)
        raise ConfigError(_no_such_option(error)) from None
    except MissingMandatoryValue as error:
        raise ConfigError(f"{error.full_key} must be given: {error.full_key}=...") from None
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(_unknown_key(verb, overrides, error)) from None
    check(verb, composed)
    return composed


def check(verb: str, composed: Config) -> None:
    """Check a verb's own settings and its data; options of groups are checked when built.

    Raises:
        ConfigError: If one is unknown, of another type or out of range.
    """
    _refuse_unknown(verb, composed)
    check_settings(verb, composed)
    _check_data(composed.get("data", {}))


def _plugins_in(overrides: Sequence[str]) -> list[str]:
    """Return the modules that ``plugins=`` names."""
    parser = OverridesParser.create()
    values = [parser.parse_override(t).value() for t in overrides if t.startswith("plugins=")]
    listed = [value if isinstance(value, list) else [value] for value in values]
    return [str(name) for names in listed for name in names if name is not None]


def chosen(verb: str, overrides: Sequence[str] = ()) -> dict[str, str]:
    """Return the chosen option of each group of a verb, from its file and the overrides."""
    names = chosen_options(verb)
    given = (text.lstrip("+").partition("=") for text in overrides)
    return names | {key: value for key, _, value in given if key in names}


def option(group: str, name: str) -> Any:
    """Return the composed config of an option; interpolations are not resolved."""
    verbs = {path.stem: chosen_options(path.stem) for path in conf_folder().glob("*.yaml")}
    verb = min(v for v, given in verbs.items() if group in given and "???" not in given.values())
    return OmegaConf.to_container(_compose(verb, [f"{group}={name}"])[group])


def top_keys(verb: str) -> set[str]:
    """Return the groups and settings in a verb's own file."""
    return {*groups(verb), *own_keys(verb)}


def expand(overrides: Sequence[str]) -> list[list[str]]:
    """Return every combination of overrides with several values: ``key=a,b``.

    Raises:
        ConfigError: If one is not in Hydra's grammar.
    """
    parser = OverridesParser.create()
    choices = []
    for text in overrides:
        quoted = _quoted(text)
        try:
            parsed = parser.parse_override(quoted)
            several = parsed.is_sweep_override() and quoted == text
            values = parsed.sweep_string_iterator() if several else ()
            key = parsed.get_key_element()
            choices.append([f"{key}={value}" for value in values] or [text])
        except HydraException as error:
            raise ConfigError(f"'{text}': {str(error).splitlines()[0]}") from None
    return [list(words) for words in product(*choices)]


def dump(config: Config) -> str:
    """Return a config as YAML."""
    return OmegaConf.to_yaml(OmegaConf.create(dict(config)))


def _compose(verb: str, overrides: Sequence[str]) -> DictConfig:
    """Compose the chosen options of a verb, then set values, in two steps as Hydra does.

    The first step takes 0.2 seconds. It is cached, except where a lab or a plug-in has options of
    its own, whose files may be edited between two calls.
    """
    own = tuple(option_folders()[:-1])
    parsed = OverridesParser.create().parse_overrides(list(overrides))
    values = [each for each in parsed if not _is_choice(each)]
    choices = tuple(str(each.input_line) for each in parsed if _is_choice(each))
    composed = _with_own(verb, choices, own) if own else _shipped(verb, choices)
    if not values:
        return composed
    config = copy.deepcopy(composed)
    ConfigLoaderImpl._apply_overrides_to_config(values, config)
    return config


def _is_choice(override: Override) -> bool:
    """Return whether an override chooses an option of a group."""
    name = override.key_or_group
    is_group = any((place / name).is_dir() for place in option_folders())
    return is_group and not isinstance(override.value(), dict)


@lru_cache(maxsize=128)
def _shipped(verb: str, choices: tuple[str, ...]) -> DictConfig:
    return _with_own(verb, choices, ())


def _with_own(verb: str, choices: Sequence[str], own: Sequence[Path]) -> DictConfig:
    """Compose options from folders of a lab or of plug-ins, and the shipped ones."""
    places = ",".join(f"'options://{place}'" for place in own)
    search = [f"hydra.searchpath=[{places}]"] if own else []
    SourcesRegistry.instance().register(OptionFiles)
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(conf_folder()), version_base="1.3"):
        return compose(verb, overrides=[*search, *choices])


def _composed(verb: str, overrides: Sequence[str]) -> DictConfig:
    """Compose; unknown keys are matched with arguments that a file leaves at their defaults."""
    try:
        return _compose(verb, overrides)
    except MissingConfigException:  # of an option that does not exist
        raise
    except ConfigCompositionException:
        return _compose(verb, _extended(verb, overrides))


def _extended(verb: str, overrides: Sequence[str]) -> list[str]:
    """Add ``+`` to overrides of arguments that a component takes but its file leaves out."""
    base = OmegaConf.to_container(_compose(verb, _choices(overrides, verb)))
    bases: list[str] = []
    for text in overrides:
        bases += _parents_at_default(base, text)
        bases.append(f"+{text}" if _is_default(base, text) else text)
    return bases


def _parents_at_default(base: object, override: str) -> Iterator[str]:
    """Yield the parent components of an argument that `base` leaves at their defaults."""
    key = override.partition("=")[0]
    *parents, _ = key.split(".")
    node = base
    for k, parent in enumerate(parents):
        if not isinstance(node, dict):
            return
        if parent not in node and "_target_" in node:
            try:
                node[parent] = fresh(node, parent, key, ".".join(parents[:k]))
            except ConfigError:  # it is no setting: the caller has a better message
                return
            if "_target_" in node[parent]:
                yield f"+{'.'.join(parents[: k + 1])}._target_={node[parent]['_target_']}"
        node = node.get(parent)


def _is_default(base: object, override: str) -> bool:
    """Return whether an override sets an argument that `base` leaves at its default.

    So does one in a part of a data config that its file leaves null: ``data.id_map.symbols=``.
    """
    *parents, name = override.partition("=")[0].split(".")
    node = base
    for parent in parents:
        if not isinstance(node, Mapping) or parent not in node:
            return False
        node = node[parent]
        if node is None:
            return parents[0] == "data"
    if not isinstance(node, Mapping) or name in node:
        return False
    if "_target_" in node:
        return name in signature(find(".".join(parents), node)).parameters
    if "kind" not in node:
        return False
    from .data.reading import READERS  # only for the settings of a reader: it loads pandas

    reader = READERS.get(str(node["kind"]))
    return reader is not None and name in signature(reader).parameters


def _plain(config: DictConfig) -> Settings:
    plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    return {str(key): value for key, value in dict(plain).items()}  # type: ignore[arg-type]


def _with_parts(config: Settings) -> Settings:
    """Remove the parts of a data config that are set to null."""
    data = config.get("data")
    for kind in PARTS:
        if isinstance(data, dict) and isinstance(data.get(kind), dict):
            data[kind] = {name: node for name, node in data[kind].items() if node is not None}
    return config


def _check_data(data: Config) -> None:
    """Check the nodes of a data config against the signatures of their readers."""
    for kind in PARTS:
        for name in data.get(kind, {}):
            _check_name(kind, name)
    nodes = {f"{kind}.{n}": v for kind in PARTS for n, v in data.get(kind, {}).items()}
    nodes |= {"pairs": data["pairs"]} if data.get("pairs") else {}
    if nodes:
        from .data.reading import check_keys  # loads pandas; not every verb has data

        for name, node in nodes.items():
            check_keys(f"data.{name}", node)
    if data.get("simulate"):
        with settings_of("data.simulate"):
            given = {k: v for k, v in data["simulate"].items() if (k, v) != ("seed", None)}
            fitted(simulator(), given)


def simulator() -> Callable[..., object]:
    """Return the simulator, whose arguments are those of ``data.simulate``."""
    from .data.simulation import simulate  # loads image processing; few data sets are drawn

    return simulate


def _check_name(kind: str, name: object) -> None:
    """Refuse names that are invalid in overrides, metrics (``<reference>.<part>``) or AnnData."""
    fits = isinstance(name, str) and PART_NAME.fullmatch(name)
    if not fits or (kind == "modalities" and name in RESERVED_KEYS):
        raise ConfigError(
            f"data.{kind}: {name!r} cannot be a name there; a name is text without '/', '.', tabs, "
            f"line ends or blanks at its ends, and none of {', '.join(RESERVED_KEYS)}."
        )


def _check_grammar(overrides: Sequence[str]) -> None:
    parser = OverridesParser.create()
    for override in overrides:
        key = override.partition("=")[0].lstrip("+~")
        refuse_moved(key)
        if re.match(r"hydra\b", key):
            raise ConfigError(f"'{override}': Hydra's own settings have no effect here.")
        try:
            parsed = parser.parse_override(override)
        except HydraException:
            raise ConfigError(
                f"'{override}' is no setting; write key=value, such as network=pairs.tsv (quote "
                "values with spaces or commas: key='a b')."
            ) from None
        if parsed.is_sweep_override():
            raise ConfigError(
                f"'{override}' names several values; one run takes one (a list is key=[a,b])."
            )


def _check_choices(verb: str, overrides: Sequence[str]) -> None:
    """Refuse a group whose value is not the name of an option, or that is another verb's."""
    offered, known, parser = chosen_options(verb), top_keys(verb), OverridesParser.create()
    for text in overrides:
        parsed = parser.parse_override(text)
        group, value = parsed.key_or_group, parsed.value()
        if group not in known and "." not in group:
            raise ConfigError(_not_a_setting(verb, group, known))
        if group in known and group not in offered and _is_choice(parsed):
            raise ConfigError(
                f"'{text}': write {group}=VALUE or {group}.KEY=VALUE, without a sign."
            )
        if group in offered and not options(group) and not plugins.load_installed():
            raise ConfigError(
                f"'{text}': there are no options of {group}; ${VARIABLE} names folders of yours."
            )
        if group in offered and (parsed.is_delete() or not isinstance(value, str)):
            raise ConfigError(
                f"'{text}': {group} takes the name of an option; choose one of "
                f"{', '.join(options(group))} (one of its settings is {group}.KEY=...)."
            )


def _quoted(override: str) -> str:
    key, equals, value = override.partition("=")
    plain = equals and value and value[0] not in "'\"" and value not in ("null", "???")
    if plain and (key in FILE_KEYS or key.endswith((".path", ".folder", ".manifest"))):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"{key}='{escaped}'"
    if key == GROUP and value[:1] != "{":
        return f"{key}={{names: {_listed(value)}}}"
    return f"{key}={_listed(value)}" if plain and key in LIST_KEYS else override


def _listed(value: str) -> str:
    """Return ``a,b`` as a list of texts; a list, null or quoted text stays."""
    if not value or value[0] in "['\"" or value == "null":
        return value
    names = ",".join(f"'{name.strip()}'" for name in value.split(","))
    return f"[{names}]"


def _refuse_unknown(verb: str, config: Config) -> None:
    """Refuse top-level keys added by ``+key=``: Hydra accepts them, and they would be ignored."""
    known = top_keys(verb)
    if config.get("experiment"):
        raise ConfigError(
            "experiment: its file needs the first line '# @package _global_'; without it, its "
            "settings are those of no part."
        )
    for key in config.keys() - known:
        raise ConfigError(_not_a_setting(verb, key, known))


def _not_a_setting(verb: str, key: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(key, sorted(known), n=1, cutoff=0.6)
    hint = f"did you mean '{close[0]}'?" if close else f"see `cytoweave {verb} --help`."
    return f"'{key}' is not a setting of `cytoweave {verb}`; {hint}"


def _no_such_option(error: MissingConfigException) -> str:
    wanted = str(error.missing_cfg_file)
    group, _, option = wanted.rpartition("/")
    return f"{group}={option}: there is no such option; choose one of {', '.join(options(group))}."


def _unknown_key(verb: str, overrides: Sequence[str], error: Exception) -> str:
    """Return a one-line message for an error of Hydra, naming the override that caused it."""
    for group, option in chosen(verb, overrides).items():
        if option == "???":
            names = ", ".join(options(group))
            return f"{group} must be given: {group}=...; choose one of {names}."
    choices = _choices(overrides, verb)
    known = sorted({*_keys(OmegaConf.to_container(_compose(verb, choices))), *groups(verb)})
    for override in overrides:
        key = override.partition("=")[0].lstrip("+~")
        try:
            _plain(_composed(verb, [*choices, *([] if override in choices else [override])]))
        except MissingMandatoryValue:
            continue  # another override sets it
        except (HydraException, OmegaConfBaseException):
            if key in known:
                return f"{override}: {' '.join(str(error).splitlines()[:2])}"
            return _not_a_setting(verb, key, known)
    return str(error).splitlines()[0]


def _choices(overrides: Sequence[str], verb: str) -> list[str]:
    """Return the choices of groups among `overrides`."""
    offered = groups(verb)
    return [text for text in overrides if text.partition("=")[0] in offered]


def _keys(node: object, prefix: str = "") -> Iterator[str]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield f"{prefix}{name}"
            yield from _keys(value, f"{prefix}{name}.")


def workers(config: Config) -> int:
    """Return the number of processes of a config; by default one per free core."""
    number: int | None = config["workers"]
    return cores.free() if number is None else number


def split(words: Sequence[str], verb: str) -> tuple[list[str], list[str]]:
    """Split overrides into those of a verb's own settings and those of ``run``."""
    mine = top_keys(verb)
    own = [word for word in words if re.split(r"[.=]", word.lstrip("+~"), maxsplit=1)[0] in mine]
    return own, [word for word in words if word not in own]
