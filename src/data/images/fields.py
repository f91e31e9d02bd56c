"""Discovery of image files: the channels and proteins of each field of view."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Literal

from ...artifacts import CHANNELS
from ...errors import ConfigError, DataError
from ...nodes.ranges import Natural
from ..textfiles import listed
from .manifests import Field, Stained, files_of, read_manifest, read_samples, split

__all__ = ["Field", "FieldLayout", "files_of", "find_fields"]

ENDING = re.compile(r"(\.ome)?\.(jpe?g|png|tiff?(\.gz)?)$", re.IGNORECASE)
"""Suffixes of image files."""


@dataclass(frozen=True)
class FieldLayout:
    """Layout of image files; the settings are described in `read_images`."""

    path: Path | None = None
    _: KW_ONLY
    manifest: Path | None = None
    samples: Path | None = None
    id: str | None = None
    pattern: str | None = None
    wells: Mapping[str, str] | None = None
    channels: Mapping[str, str] | None = None
    planes: Mapping[str, Natural] | None = None
    stack: Literal["max", "mean", "middle"] | Natural | None = None

    def words(self) -> dict[str, str]:
        """Return the channels with their names in files, or their columns.

        Raises:
            ConfigError: If there is no channel, two have the same name, or `channels` and `planes`
                are both given.
        """
        if self.planes is None:
            return _channel_words(self.channels)
        if self.channels is not None or not self.planes:
            raise ConfigError("planes={red: 0, ..} names all channels; channels must be null.")
        return dict.fromkeys(self.planes, "file")


def _channel_words(channels: Mapping[str, str] | None) -> dict[str, str]:
    """Return the channels of a data set with their names in files.

    Raises:
        ConfigError: If there is no channel, or two have the same name.
    """
    words = dict(zip(CHANNELS, CHANNELS, strict=True)) if channels is None else dict(channels)
    if not words or not all(words) or len(set(words.values()) - {""}) != len(words):
        raise ConfigError(
            "channels must name the files of each channel by a word of their own, such as "
            f"{{red: mt, blue: dapi}}, got {words}."
        )
    return words


def find_fields(layout: FieldLayout) -> tuple[list[Field], tuple[str, ...]]:
    """List the fields of view of a manifest or folder, with notes on files of none.

    Raises:
        ConfigError: If the settings do not fit the layout.
        DataError: If there is no field with a protein.
    """
    words, path, manifest = layout.words(), layout.path, layout.manifest
    if path is not None and manifest is not None:
        raise ConfigError("Give either path=FOLDER or manifest=TABLE of the images, not both.")
    if manifest is not None:
        if not manifest.is_file():
            raise ConfigError(f"manifest={manifest} must be a table, not a folder.")
        if any(v is not None for v in (layout.samples, layout.pattern, layout.wells)):
            raise ConfigError("With manifest=, samples, pattern and wells must be null.")
        return read_manifest(manifest, words), ()
    if path is None:
        raise ConfigError("Give path=FOLDER or manifest=TABLE of the images.")
    if not path.is_dir():
        raise ConfigError(f"path={path} must be a folder; name a table of images as manifest=.")
    files = _channel_files(path, words) if layout.planes is None else _whole_files(path, words)
    return _in_folder(path, files, layout)


def _in_folder(
    path: Path, files: Mapping[str, Mapping[str, Path]], layout: FieldLayout
) -> tuple[list[Field], tuple[str, ...]]:
    notes: tuple[str, ...] = ()
    if layout.samples is not None and layout.pattern is None:
        stained, notes = read_samples(layout.samples, layout.id, files)
    elif layout.pattern is not None and layout.samples is None:
        stained = _stained_by_name(layout.pattern, layout.wells, files)
    else:
        raise ConfigError("A folder of images needs either samples=TABLE or pattern=REGEX.")
    fields = [
        Field(name, shown.proteins, shown.antibody, shown.cell_line, files[name])
        for name, shown in sorted(stained.items())
        if name in files
    ]
    strangers = sorted(set(files) - set(stained))
    if strangers:
        notes += (
            f"{path.name}: {len(strangers)} images belong to no known protein and were left out: "
            f"{listed(strangers)}.",
        )
    if not fields:
        raise DataError(f"{path}: none of its {len(files)} images belongs to a known protein.")
    return fields, notes


def _channel_files(folder: Path, words: Mapping[str, str]) -> dict[str, dict[str, Path]]:
    """Return the files of a folder by image and channel."""
    files: dict[str, dict[str, Path]] = {}
    for channel, word in words.items():
        ending = re.compile(rf"(.+)_{re.escape(word)}")
        places = [place for place in (folder, folder / word) if place.is_dir()]
        for file in sorted(file for place in places for file in place.iterdir()):
            named = ending.fullmatch(_stem(file) or "")
            if named is None:
                continue
            other = files.setdefault(named[1], {}).setdefault(channel, file)
            if other != file:
                raise DataError(f"{file} and {other} are the same image; remove one.")
    if not files:
        raise DataError(
            f"{folder}: no image named <name>_<color>.jpg, .png or .tif there, nor under "
            f"{', '.join(words.values())}; set channels if they are called otherwise."
        )
    return files


def _whole_files(folder: Path, channels: Iterable[str]) -> dict[str, dict[str, Path]]:
    """Return the files of a folder that each have all channels, by image and channel."""
    files = {name: file for file in sorted(folder.iterdir()) if (name := _stem(file))}
    if not files:
        raise DataError(f"{folder}: no .jpg, .png or .tif there.")
    return {name: dict.fromkeys(channels, file) for name, file in files.items()}


def _stem(file: Path) -> str | None:
    """Return the name of an image file without its ending; None for other files."""
    ending = ENDING.search(file.name)
    return file.name[: ending.start()] if ending else None


def _stained_by_name(
    pattern: str, wells: Mapping[str, str] | None, names: Iterable[str]
) -> dict[str, Stained]:
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise ConfigError(f"pattern '{pattern}' is no regular expression: {error}.") from error
    if expression.groups < 1:
        raise ConfigError(f"pattern '{pattern}' needs a group in (..) around the well or protein.")
    stained = {}
    for name in names:
        match = expression.search(name)
        word = "" if match is None else match[1] or ""
        proteins = split(word if wells is None else wells.get(word, ""), "|")
        if proteins:
            stained[name] = Stained(proteins)
    return stained
