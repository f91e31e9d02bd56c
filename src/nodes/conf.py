"""The YAML files of `conf/`: their folders, groups, options and headers.

`conf/` ships inside the wheel; in an editable install it is next to `src/`. A lab's own options
are in the folders of `$CYTOWEAVE_CONF`, separated as in ``$PATH`` and laid out like `conf/`:
``data/mine.yaml`` is ``data=mine``. Of two options with the same name the earlier folder's is
used.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from . import plugins

VARIABLE = "CYTOWEAVE_CONF"
"""Environment variable that names folders of options."""

ACTIONS = {
    "data": ("check", "simulate", "crops"),
    "store": ("check", "clean"),
    "upload": ("ndex",),
}
"""Actions of a verb: words between the verb and its settings."""

OF_MANY = ("sweep", "ablate")
"""Verbs that take the settings of ``run`` besides their own."""

FILE_KEYS = (
    "annotations", "calibration", "counts", "covariates", "data_root", "descriptions", "design",
    "embedding", "first", "from", "genes", "hierarchy", "jobs", "lengths", "manifest_dir", "matrix",
    "msa", "network", "ontology", "out", "pdb", "property", "results", "run", "samples", "scores",
    "second", "sequences", "sets", "storage", "store", "totals", "universe",
)  # fmt: skip
"""Top-level settings that are literal paths: characters special to Hydra are not interpreted."""


def conf_folder() -> Path:
    """Return the folder of the shipped configs."""
    package = Path(__file__).resolve().parents[1]
    packaged = package / "conf"
    return packaged if packaged.is_dir() else package.parent / "conf"


def own_folders() -> list[Path]:
    """Return the folders that `$CYTOWEAVE_CONF` names, in its order.

    Raises:
        ConfigError: If one is no folder.
    """
    given = os.environ.get(VARIABLE, "")
    named = [Path(place) for place in given.split(os.pathsep) if place]
    for place in named:
        if not place.is_dir():
            raise ConfigError(
                f"{VARIABLE}={given}: '{place}' is not a folder; name folders of options, "
                f"several separated by '{os.pathsep}', of which the earlier wins."
            )
    return [place.resolve() for place in named]


def option_folders() -> list[Path]:
    """Return the folders that are searched for options: the lab's own first, ours last.

    Raises:
        ConfigError: If `$CYTOWEAVE_CONF` names something that is no folder.
    """
    return [*own_folders(), *plugins.conf_folders(), conf_folder()]


def options(group: str) -> list[str]:
    """Return the options of a group, sorted."""
    names = {path.stem for place in option_folders() for path in (place / group).glob("*.yaml")}
    return sorted(names)


def groups(verb: str) -> dict[str, list[str]]:
    """Return the groups of a verb: group -> names of its options."""
    return {name: options(name) for name in _chosen_in(verb)}


def chosen_options(verb: str) -> dict[str, str]:
    """Return the option of each group that a verb's file chooses."""
    return {name: str(*default.values()) for name, default in _chosen_in(verb).items()}


def own_keys(verb: str) -> list[str]:
    """Return the keys of a verb's own settings, without its groups."""
    return [key for key in _read(verb) if key != "defaults"]


def header(group: str, option: str) -> str:
    """Return the first comment line of an option's file, its description."""
    places = (place / group / f"{option}.yaml" for place in option_folders())
    return _header(next(path for path in places if path.is_file()))


def verb_header(verb: str) -> str:
    """Return the first comment line of a verb's file, its description."""
    return _header(conf_folder() / f"{verb}.yaml")


def own_settings(verb: str) -> str:
    """Return a verb's own settings and their values, without its groups."""
    text = (conf_folder() / f"{verb}.yaml").read_text(encoding="utf-8")
    return re.sub(r"defaults:\n(  - .*\n)+", "", text).partition("\n")[2]


def _header(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line for line in lines if "@package" not in line), "").lstrip("# ")


@cache
def _read(verb: str) -> dict[str, Any]:
    import yaml  # slow to load, and the list of verbs needs none

    text = (conf_folder() / f"{verb}.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def _chosen_in(verb: str) -> dict[str, dict[str, object]]:
    """Return group -> entry of the defaults list of a verb's file, for each group it offers."""
    entries = (entry for entry in _read(verb).get("defaults", []) if isinstance(entry, dict))
    return {_group(*entry): entry for entry in entries}


def _group(name: str) -> str:
    return name.removeprefix("override ").lstrip("/").split("@")[0]
