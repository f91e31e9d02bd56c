"""Manifests of public data: files, URLs and licences; `conf/source/*.yaml`.

A manifest names each file by its addresses (mirrors, tried in order), its place under the data
root and what its content must be. Files made from fetched ones are listed under ``made``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal
from urllib.parse import urlsplit

import yaml

from ...errors import ConfigError
from ...nodes import yaml_files
from ...nodes.conf import option_folders
from ...nodes.ranges import AtLeastOne, Len, Natural, NonNegative, bind, checked

GROUP = "source"
"""Folder of the manifests among the options."""

ALL = "all"
"""In place of a source's name: every one there is."""

SCHEMES = ("http", "https")

Node = Mapping[str, object]


@checked
@dataclass(frozen=True)
class Check:
    """Requirements on the content of a file, besides its checksum.

    Attributes:
        columns: Names that its header has, in any order.
        rows_min: Rows below the header, comments aside; for files without a header, lines.
        magic: What it starts with, as text or in hexadecimal digits (of digits alone in quotes).
    """

    columns: Sequence[str] = ()
    rows_min: Natural = 0
    magic: str = ""


@checked
@dataclass(frozen=True)
class Listing:
    """Files that a server lists, see `listings`.

    Attributes:
        kind: Whose list it is.
        url: Address of the server, or of an S3 bucket.
        id: What is listed: a DOI, an accession, a UUID, a prefix.
        version: Of a Dataverse data set.
        match: The files to fetch, by name: a pattern with ``*`` and ``?``.
    """

    kind: Literal["dataverse", "gcs", "ndex", "pride", "s3"]
    url: str
    id: str
    version: str = ":latest-published"
    match: str = "*"

    def takes(self, name: str) -> bool:
        """Return whether a listed file is to be fetched."""
        return fnmatchcase(name, self.match)


@checked
@dataclass(frozen=True)
class SourceFile:
    """A file of a source.

    Attributes:
        path: Its place under the data root; of a `listing`, the folder.
        urls: Its addresses, the first that works is used.
        listing: In place of `urls`: files whose names a server knows.
        bytes: Its exact size; None where no one states it.
        about: Its size in bytes as far as it is known, to be shown.
        sha256: Its checksum; "" if none is pinned.
        md5: The same, where a server publishes that.
        format: What it is, such as ``tsv``; ``html`` allows a page.
        check: Requirements on its content.
        discard: Delete it once all is made that is made of it.
    """

    path: str
    urls: Sequence[str] = ()
    listing: Listing | None = None
    bytes: Natural | None = None
    about: Natural | None = None
    sha256: str = ""
    md5: str = ""
    format: str = ""
    check: Check = field(default_factory=Check)
    discard: bool = False

    @property
    def pinned(self) -> bool:
        """Whether its content is known beforehand."""
        return bool(self.sha256 or self.md5)


@checked
@dataclass(frozen=True)
class Pictures:
    """Images that a list of genes chooses.

    Attributes:
        index: Key of the table of all, as the adapter ``hpa_index`` makes it.
        path: Place of the table of those that were fetched; the images are in the same folder.
        cell_line: Of which cells, if the command does not say; None: any.
        per_antibody: At most so many fields of view of an antibody; None: all.
    """

    index: str
    path: str
    cell_line: str | None = None
    per_antibody: AtLeastOne | None = None


@checked
@dataclass(frozen=True)
class Licence:
    """Terms of a source.

    Attributes:
        id: SPDX identifier, or a few words.
        url: Where they are written.
        note: ``nc`` not commercial, ``sa`` share alike, ``ask`` other terms: must be accepted.
    """

    id: str = "not stated"
    url: str = ""
    note: Literal["nc", "sa", "ask"] | None = None


@checked
@dataclass(frozen=True)
class Host:
    """What the servers of a source want of their users.

    Attributes:
        concurrency: Files at once.
        min_interval_s: Seconds between two requests.
        advice: Sentence for a request that is refused: the cause known, and what to do.
        token_env: Environment variable with a user's token; sent where it is set.
        token_header: The header that it is sent in.
    """

    concurrency: AtLeastOne = 2
    min_interval_s: NonNegative = 0.0
    advice: str = ""
    token_env: str = ""
    token_header: str = "Authorization"


@checked
@dataclass(frozen=True)
class Manifest:
    """A source of public data.

    Attributes:
        name: What ``source=`` calls it.
        title: What it is.
        licence: Its terms.
        version: Release, as its makers call it.
        files: Key -> file.
        made: Key -> what is made of them: ``kind`` (see `adapters`), ``path``, other arguments.
        cite: DOI.
        host: What its servers want.
        mutable: Its addresses move on to new content.
        images: Images that a list of genes chooses.
    """

    name: str
    title: str
    licence: Licence
    files: Annotated[Mapping[str, SourceFile], Len(1)]
    version: str = ""
    made: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    cite: str = ""
    host: Host = field(default_factory=Host)
    mutable: bool = False
    images: Pictures | None = None

    def paths(self) -> dict[str, str]:
        """Return key -> place under the data root, of files and of what is made of them."""
        made = {key: str(node.get("path", "")) for key, node in self.made.items()}
        pictures = {"images": self.images.path} if self.images else {}
        return {key: file.path for key, file in self.files.items()} | made | pictures

    def only(self, places: Iterable[str]) -> Manifest | None:
        """Return what of it brings some places under the data root; None if nothing does."""
        keys = {k for p in places for k, own in self.paths().items() if within(p, own)}
        if "images" in keys and self.images:
            keys.add(self.images.index)
        for key in reversed([*self.made]):  # files made from others follow them
            keys |= self._used_by(self.made[key]) if key in keys else set()
        made = {key: node for key, node in self.made.items() if key in keys}
        files = {key: file for key, file in self.files.items() if key in keys}
        pictures = self.images if "images" in keys else None
        return replace(self, files=files, made=made, images=pictures) if files else None

    def _used_by(self, node: Node) -> set[str]:
        """Return the keys of what something is made of."""
        words = {str(value).partition("/")[0] for key, value in node.items() if key != "path"}
        return words & {*self.files, *self.made}


def read_manifests(folders: Sequence[Path] = ()) -> dict[str, Manifest]:
    """Return all manifests by name: those of `folders` first, then a lab's own, then ours.

    Raises:
        ConfigError: If one is damaged.
    """
    places = [*folders, *(place / GROUP for place in option_folders())]
    paths: dict[str, Path] = {}
    for path in (path for place in places for path in sorted(place.glob("*.yaml"))):
        paths.setdefault(path.stem, path)
    return {name: read_manifest(path) for name, path in sorted(paths.items())}


def chosen(names: Sequence[str], manifests: Mapping[str, Manifest]) -> list[Manifest]:
    """Return the manifests that ``source=`` names, each as ``name`` or ``name@version``.

    Raises:
        ConfigError: If there is no such source or version.
    """
    if ALL in names:
        return [manifest for name, manifest in manifests.items() if "@" not in name]
    return [_one(name, manifests) for name in dict.fromkeys(names)]


def _one(name: str, manifests: Mapping[str, Manifest]) -> Manifest:
    if name in manifests:
        return manifests[name]
    stem, _, version = name.partition("@")
    if version and stem in manifests and manifests[stem].version == version:
        return manifests[stem]
    versions = [f.version for n, f in manifests.items() if n.partition("@")[0] == stem]
    if versions:
        raise ConfigError(f"source={name}: there is no manifest of it; versions: {_all(versions)}.")
    raise ConfigError(f"source={name}: there is no such source; choose of {_all(manifests)}.")


def _all(names: Sequence[str] | Mapping[str, object]) -> str:
    return ", ".join(names)


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        ConfigError: If it is no YAML, a key is unknown or missing, or a value does not fit.
    """
    yaml_files.check(path)
    node = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(node, Mapping):
        raise ConfigError(f"{path}: a manifest is a mapping with title, licence and files.")
    return _manifest(path, node)


def _manifest(path: Path, node: Node) -> Manifest:
    own = {**node, "name": path.stem, "version": str(node.get("version", ""))}
    own["licence"] = Licence(**bind(f"{path}: licence", Licence, _licence(path, node)))
    own["host"] = Host(**bind(f"{path}: host", Host, _mapping(path, node, "host")))
    if "images" in node:
        own["images"] = Pictures(
            **bind(f"{path}: images", Pictures, _mapping(path, node, "images"))
        )
    files = _mapping(path, node, "files")
    own["files"] = {key: _file(f"{path}: files.{key}", file) for key, file in files.items()}
    manifest = Manifest(**bind(str(path), Manifest, own))
    for key, place in manifest.paths().items():
        check_place(f"{path}: {key}.path", place)
    return manifest


def _licence(path: Path, node: Node) -> Node:
    """Return a licence, of which the name alone may be given."""
    named = node.get("licence")
    return {"id": named} if isinstance(named, str) else _mapping(path, node, "licence")


def _mapping(path: Path, node: Node, key: str) -> Node:
    value = node.get(key, {})
    if not isinstance(value, Mapping):
        raise ConfigError(f"{path}: {key} must be a mapping, got {value!r}.")
    return value


def _file(key: str, node: object) -> SourceFile:
    if not isinstance(node, Mapping):
        raise ConfigError(f"{key} must be a mapping with urls and path, got {node!r}.")
    own = dict(node)
    if isinstance(own.get("urls"), str):
        own["urls"] = [own["urls"]]
    for name, kind in (("check", Check), ("listing", Listing)):
        if isinstance(own.get(name), Mapping):
            own[name] = kind(**bind(f"{key}.{name}", kind, own[name]))
    file = SourceFile(**bind(key, SourceFile, own))
    if bool(file.urls) == bool(file.listing):
        raise ConfigError(f"{key}: name its addresses as urls, or a listing, one of the two.")
    for url in [*file.urls, *([file.listing.url] if file.listing else [])]:
        if urlsplit(url).scheme not in SCHEMES or not urlsplit(url).hostname:
            raise ConfigError(f"{key}: '{url}' is no address; write https://HOST/..")
    return file


def within(place: str, other: str) -> bool:
    """Return whether a path equals another one, or is below it.

    >>> within("hpa/images/a.jpg", "hpa/images"), within("hpa/images2", "hpa/images")
    (True, False)
    """
    return place == other or place.startswith(f"{other}/")


def check_place(key: str, place: str) -> None:
    """Refuse a place that leaves the data root.

    Raises:
        ConfigError: If it is absolute, or goes up.
    """
    path = PurePosixPath(place)
    if not place or path.is_absolute() or ".." in path.parts or "\\" in place or ":" in place:
        raise ConfigError(f"{key}: '{place}' must be a place below the data root.")
