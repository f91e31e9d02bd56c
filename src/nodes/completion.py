"""Shell completion: verbs, settings, options and files that may follow on a command line.

It reads only names of files and lines of YAML, since it runs at each press of the Tab key: no
Hydra, no torch, no YAML parser.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from ..errors import CytoweaveError
from .conf import ACTIONS, FILE_KEYS, OF_MANY, conf_folder, option_folders, options

FLAGS = ("--cfg", "--debug", "--dry-run", "--help")
SHELLS = ("bash", "fish", "zsh")
PROGRAM = "cytoweave"

SETTING = re.compile(r"^( *)(\w+):(?!\w)\s*([^#\s]*)")
GROUP = re.compile(r"^  - (?:override )?/?(\w+)(?:@\w+)?: *(\S*)")
LISTED = {"source": "source", "accept": "source"}
"""Settings that take names of options without being a group."""


def complete(line: str, verbs: Collection[str]) -> list[str]:
    """Return the words that the last word of a command line may become, sorted.

    Args:
        line: The command line up to the cursor.
        verbs: Verbs, with ``_`` between the words of one.

    Returns:
        Whole words. One that ends in ``=``, ``.`` or ``/`` goes on. Empty for a line that cannot
        be read: a key press is no place for a message.
    """
    try:
        words = shlex.split(line)
        if not words or line[-1:].isspace():
            words.append("")
        start = max(k for k, word in enumerate(words) if Path(word).name == PROGRAM) + 1
        *before, word = words[start:]
        return sorted(
            {candidate for candidate in _offered(before, word, verbs) if candidate.startswith(word)}
        )
    except (CytoweaveError, OSError, ValueError):
        return []


def _offered(before: list[str], word: str, verbs: Collection[str]) -> Iterator[str]:
    """Yield candidates after the words `before`, of which some do not begin with `word`."""
    if not before:
        yield from {verb.partition("_")[0] for verb in verbs} | {
            "completion",
            "--help",
            "--version",
        }
        return
    if before == ["completion"]:
        yield from SHELLS
        return
    verb, rest = before[0], before[1:]
    if "=" not in word and not rest:
        yield from ACTIONS.get(verb, ())
        yield from (name.partition("_")[2] for name in verbs if name.startswith(f"{verb}_"))
    if rest and f"{verb}_{rest[0]}" in verbs:
        verb, rest = f"{verb}_{rest[0]}", rest[1:]
    if verb in verbs and (conf_folder() / f"{verb}.yaml").is_file():
        yield from _settings(verb, rest, word)


def _settings(verb: str, rest: list[str], word: str) -> Iterator[str]:
    """Yield settings of a verb, or values of the one that `word` names."""
    of = ("run", verb) if verb in OF_MANY else (verb,)
    texts = [(conf_folder() / f"{name}.yaml").read_text(encoding="utf-8") for name in of]
    groups = {m[1]: m[2] for text in texts for m in map(GROUP.match, text.splitlines()) if m}
    key, given, value = word.partition("=")
    if given:
        plain = {name: one for text in texts for name, one in _keys(text)}
        done, comma, _ = value.rpartition(",")
        yield from (f"{key}={done}{comma}{one}" for one in _values(key, value, groups, plain))
        return
    yield from FLAGS
    yield from (f"{name}=" for name in groups)
    yield from (f"{name}." for name in groups)
    inner = word.partition(".")[0]
    if "." in word and inner in groups:
        chosen = dict(one.partition("=")[::2] for one in rest).get(inner, groups[inner])
        yield from (f"{inner}.{name}=" for name, _ in _keys(_text_of(inner, chosen)))
    yield from (f"{name}=" for text in texts for name, _ in _keys(text))


def _values(
    key: str, value: str, groups: Mapping[str, str], plain: Mapping[str, str]
) -> Iterable[str]:
    if key in groups or key in LISTED:
        return options(LISTED.get(key, key))
    if key == "for":
        return [f"data/{name}" for name in options("data")]
    if key in FILE_KEYS or key.endswith((".path", ".folder", ".manifest")):
        return _files(value)
    return ("false", "true") if plain.get(key) in ("false", "true") else ()


def _files(begun: str) -> Iterator[str]:
    """Yield the files and folders that a path may become; hidden ones where a dot is typed."""
    folder, slash, name = begun.rpartition("/")
    with os.scandir(Path(f"{folder}{slash}" or ".").expanduser()) as entries:
        for entry in entries:
            if entry.name.startswith(name) and (name[:1] == "." or entry.name[:1] != "."):
                yield f"{folder}{slash}{entry.name}{'/' if entry.is_dir() else ''}"


def _text_of(group: str, option: str) -> str:
    """Return the file of an option, empty where there is none."""
    paths = (folder / group / f"{option}.yaml" for folder in option_folders())
    path = next((path for path in paths if path.is_file()), None)
    return path.read_text(encoding="utf-8", errors="replace") if path else ""


def _keys(text: str) -> Iterator[tuple[str, str]]:
    r"""Yield the dotted keys of a YAML text with the values beside them, but not classes.

    >>> list(_keys("map:\n  k: 5  # neighbours\nout: null"))
    [('map', ''), ('map.k', '5'), ('out', 'null')]
    """
    above: list[tuple[int, str]] = []
    for line in text.splitlines():
        match = SETTING.match(line)
        if match is None or match[2] in ("_target_", "_partial_", "defaults"):
            continue
        indent = len(match[1])
        above = [*(one for one in above if one[0] < indent), (indent, match[2])]
        yield ".".join(name for _, name in above), match[3]
