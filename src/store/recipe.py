"""Cache keys: everything that determines a stage's result."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

NOT_IN_KEY = frozenset({"logger", "out", "progress", "workers"})
"""Settings that cannot change a result."""

NOT_SHAPING = ("nodes", "terminal")
"""Folders of this package that check and report but do not compute."""

PACKAGE = __name__.partition(".")[0]


@dataclass(frozen=True)
class Recipe:
    """All inputs that determine a stage's result.

    Attributes:
        stage: Name of the stage; also the folder in the store.
        modules: Names of the modules that do the work; what they import counts too.
        config: The stage's resolved config node.
        inputs: Keys of the results, or of the files, that it starts from.
        seed: None where the stage is not stochastic.
        label: Name in the log, where a stage has several results.
    """

    stage: str
    modules: Sequence[str]
    config: object
    inputs: Sequence[str] = ()
    seed: int | None = None
    label: str = ""

    @property
    def name(self) -> str:
        """Name in the log."""
        return f"{self.stage} {self.label}".rstrip()

    @property
    def sources(self) -> Sources:
        """The code that computes the result."""
        return sources_of(tuple(sorted(set(self.modules))))

    @property
    def key(self) -> str:
        """Hash of all that can change the result."""
        parts = {
            "stage": self.stage,
            "source": self.sources.digest,
            "versions": self.sources.versions,
            "config": _shaping(self.config),
            "inputs": list(self.inputs),
            "seed": self.seed,
        }
        return _sha256(json.dumps(parts, sort_keys=True).encode())[:24]


@dataclass(frozen=True)
class Sources:
    """The code behind a result.

    Attributes:
        digest: Hash of the source of our own modules, and of a plug-in's.
        versions: Version of Python and of each library that those modules import.
    """

    digest: str
    versions: dict[str, str]


@cache
def sources_of(modules: tuple[str, ...]) -> Sources:
    """Return the code that `modules` run: their own source, and the libraries they import.

    The source of a module counts if it belongs to this package, to the package of one of
    `modules` (a plug-in's), or to no installed distribution (a lab's own file). Every other
    library counts by the version of its distribution; the standard library by Python's.
    """
    own = {PACKAGE, *(name.partition(".")[0] for name in modules)}
    skipped = tuple(f"{PACKAGE}.{folder}" for folder in NOT_SHAPING)
    versions = {"python": ".".join(map(str, sys.version_info[:2]))}
    seen: dict[str, bytes] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        top = name.partition(".")[0]
        if name in seen or top in sys.stdlib_module_names or name.startswith(skipped):
            continue
        if top not in own and (library := library_of(top)):
            versions[library.name] = library.version
        elif path := file_of(name):
            seen[name] = path.read_bytes()
            waiting += module_imports(path, name)
    digest = _sha256(b"".join(name.encode() + seen[name] for name in sorted(seen)))
    return Sources(digest, dict(sorted(versions.items())))


class Library(NamedTuple):
    """An installed distribution: its normalised name, and its version."""

    name: str
    version: str


@cache
def library_of(module: str) -> Library | None:
    """Return the installed distribution that a top-level module belongs to, None if there is none.

    `importlib.metadata.packages_distributions` knows too, but takes half a second.
    """
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        return None
    origin = Path(spec.origin)
    place = origin.parents[1] if spec.submodule_search_locations else origin.parent
    line = f"\n{origin.relative_to(place).as_posix()},".encode()
    for pattern in (f"{module}-*", "*"):  # most distributions are named as their module is
        for record in place.glob(f"{pattern}.dist-info/RECORD"):
            if line in b"\n" + record.read_bytes():
                name, _, version = record.parent.name.removesuffix(".dist-info").partition("-")
                return Library(name.replace("_", "-").lower(), version)
    return None


def file_of(module: str) -> Path | None:
    """Return the Python file of a module, found without importing its packages."""
    top, *inner = module.split(".")
    spec = importlib.util.find_spec(top)
    if spec is None:
        return None
    if not inner:
        return Path(spec.origin) if spec.origin and spec.origin.endswith(".py") else None
    for place in spec.submodule_search_locations or ():
        path = Path(place, *inner)
        for file in (path / "__init__.py", path.with_suffix(".py")):
            if file.is_file():
                return file
    return None


@cache
def module_imports(path: Path, module: str) -> list[str]:
    """Return what the file of a module imports; each name may be a module or part of one."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    names = []
    for node in _statements(ast.parse(path.read_bytes()).body):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            origin = importlib.util.resolve_name(base, package) if node.level else base
            names += [origin, *(f"{origin}.{alias.name}" for alias in node.names)]
    return names


def _statements(nodes: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements and those inside them, but for what type checkers alone see."""
    for node in nodes:
        if _is_for_types(node):
            continue
        yield node
        for part in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(node, part, ()))
        for part in ("handlers", "cases"):
            for inner in getattr(node, part, ()):
                yield from _statements(inner.body)


def _is_for_types(node: ast.stmt) -> bool:
    """Return whether a node is ``if TYPE_CHECKING:``, which never runs."""
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
    )


def _shaping(node: object) -> object:
    """Drop the settings that cannot change a result."""
    if isinstance(node, Mapping):
        return {k: _shaping(v) for k, v in node.items() if k not in NOT_IN_KEY}
    if isinstance(node, list | tuple):
        return [_shaping(value) for value in node]
    return node


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
