"""Cache keys: everything that determines a stage's result."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import pkgutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

SHAPING_LIBRARIES = (
    "igraph",
    "numba",
    "numpy",
    "pandas",
    "pillow",
    "pytorch-lightning",
    "scikit-learn",
    "scipy",
    "torch",
    "umap-learn",
)
"""A new version of one of these may change numbers."""


RESULT_BLIND = frozenset({"devices", "logger", "out", "progress", "workers"})
"""Settings that cannot change a result."""


@dataclass(frozen=True)
class Recipe:
    """Everything that determines a stage's result.

    Attributes:
        stage: Name of the stage; also the folder in the store.
        modules: Names of the modules that do the work; what they import counts too.
        config: The stage's resolved config node.
        inputs: Keys of the results, or of the files, that it starts from.
        seed: None where the stage is not stochastic.
        label: What the log calls this one, where a stage has several.
    """

    stage: str
    modules: Sequence[str]
    config: Any
    inputs: Sequence[str] = ()
    seed: int | None = None
    label: str = ""

    @property
    def name(self) -> str:
        """What the log calls it."""
        return f"{self.stage} {self.label}".rstrip()

    @property
    def key(self) -> str:
        """Hash of all that can change the result."""
        parts = {
            "stage": self.stage,
            "source": source_hash(tuple(sorted(set(self.modules)))),
            "versions": _versions(),
            "config": _shaping(self.config),
            "inputs": list(self.inputs),
            "seed": self.seed,
        }
        return _sha256(json.dumps(parts, sort_keys=True).encode())[:24]


@cache
def source_hash(modules: tuple[str, ...]) -> str:
    """Return a hash of the source of `modules` and of all they import from this package."""
    seen: dict[str, bytes] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            continue
        seen[name] = Path(spec.origin).read_bytes()
        is_package = spec.submodule_search_locations is not None
        waiting += _imports(seen[name], name if is_package else name.rpartition(".")[0])
    return _sha256(b"".join(name.encode() + seen[name] for name in sorted(seen)))


@cache
def _imports(source: bytes, package: str) -> list[str]:
    """Return the modules of this package that `source`, a module inside `package`, imports."""
    home, found = package.partition(".")[0], []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.partition(".")[0] == home]
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            origin = importlib.util.resolve_name(base, package) if node.level else base
            if origin.partition(".")[0] == home:
                names = {alias.name for alias in node.names} & _submodules(origin)
                found += [origin, *(f"{origin}.{name}" for name in sorted(names))]
    return found


@cache
def _submodules(package: str) -> set[str]:
    """Return the names of the modules inside a package; none of a module that is no package."""
    spec = importlib.util.find_spec(package)
    places = spec.submodule_search_locations if spec else None
    return {module.name for module in pkgutil.iter_modules(places)} if places else set()


def _shaping(node: Any) -> Any:
    """Drop the settings that cannot change a result."""
    if isinstance(node, Mapping):
        return {k: _shaping(v) for k, v in node.items() if k not in RESULT_BLIND}
    if isinstance(node, list | tuple):
        return [_shaping(value) for value in node]
    return node


@cache
def _versions() -> dict[str, str]:
    python = ".".join(map(str, sys.version_info[:2]))
    return {"python": python} | {name: version(name) for name in SHAPING_LIBRARIES}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
