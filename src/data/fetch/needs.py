"""Missing files of a data config, and the sources that have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from .manifests import Manifest, within

PARTS = ("modalities", "references")


def lacking_of(
    data: Mapping[str, object], root: Path, manifests: Mapping[str, Manifest]
) -> tuple[list[Manifest], list[str]]:
    """Return what brings the files that a data config names and that are not there.

    Args:
        data: A composed data config.
        root: The data root.
        manifests: All sources.

    Returns:
        Sources, each with the files that are needed, and the places that no source has.
    """
    absent = [place for place in places_of(data, root) if not (root / place).exists()]
    needed = {name: manifest.only(absent) for name, manifest in manifests.items()}
    known = [own for m in needed.values() if m is not None for own in m.paths().values()]
    unknown = [place for place in absent if not any(within(place, own) for own in known)]
    return [manifest for manifest in needed.values() if manifest is not None], unknown


def offered_in(folder: Path, manifests: Mapping[str, Manifest]) -> list[Manifest]:
    """Return the sources of which a folder holds every file."""
    return [
        manifest
        for manifest in manifests.values()
        if all(
            any((folder / name).exists() for name in (file.path, Path(file.path).name))
            for file in manifest.files.values()
        )
    ]


def places_of(data: Mapping[str, object], root: Path) -> list[str]:
    """Return the places under the data root that a config names, each once."""
    texts = [text for key in (*PARTS, "pairs", "id_map") for text in _texts(data.get(key))]
    paths = [Path(text) for text in texts]
    inside = [path.relative_to(root) for path in paths if path.is_relative_to(root)]
    return list(dict.fromkeys(path.as_posix() for path in inside if path != Path()))


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _texts(value)
