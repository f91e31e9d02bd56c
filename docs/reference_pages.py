"""Reference pages: tables of commands, options and kinds, made when Sphinx reads a page.

A page says where: ``<!-- generated: commands -->``, ``<!-- generated: kinds -->``,
``<!-- generated: options GROUP GROUP -->``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from cytoweave.cli import VERBS
from cytoweave.data.reading import READERS
from cytoweave.nodes.conf import (
    chosen_options,
    conf_folder,
    header,
    options,
    own_settings,
    verb_header,
)
from cytoweave.nodes.defaults import EMPTY, Setting
from cytoweave.nodes.schema import SENTENCE
from cytoweave.nodes.settings_checks import described
from cytoweave.verbs.help import as_override, settings_of_kind, settings_of_option

DOCS = Path(__file__).parent
MARK = re.compile(r"^<!-- generated: (\w+)([\w ]*) -->$", re.MULTILINE)
SETTING = re.compile(r"( *)(\w+): *(.*?)(?: +# (.*))?")
NOTES = re.compile(r"#(?: (.*))?\n")
INTERPOLATIONS = (
    (re.compile(r"\$\{oc\.env:(\w+),(.*)\}"), r"$\1, else \2"),
    (re.compile(r"\$\{preset\.\w+\}"), "that of preset="),
)


class App(Protocol):
    """What is used of Sphinx."""

    def connect(self, event: str, callback: Callable[..., None]) -> int:
        """Call a function at an event."""


def setup(app: App) -> dict[str, bool]:
    """Fill each page when Sphinx reads it."""
    app.connect("source-read", _fill)
    return {"parallel_read_safe": True}


def _fill(_app: App, _page: str, source: list[str]) -> None:
    source[0] = filled(source[0])


def filled(text: str) -> str:
    """Return a page with the tables that it asks for."""
    makers = {"commands": commands, "kinds": kinds, "options": components}
    return MARK.sub(lambda mark: "\n".join(makers[mark[1]](mark[2].split())), text)


def commands(_: Iterable[str]) -> Iterator[str]:
    """Yield a section for each verb: what it does, its settings, and the groups of its options."""
    pages = pages_of_groups()
    for verb in VERBS:
        yield f"\n## `cytoweave {verb.replace('_', ' ')}`\n\n{prose(verb_header(verb))}\n"
        chosen = {group: name for group, name in chosen_options(verb).items() if group in pages}
        if chosen:
            yield "| options | default |\n|---|---|"
        for group, name in chosen.items():
            yield f"| [`{group}=`]({pages[group]}.md#{group}) | {default(name)} |"
        yield ""
        yield from table(settings_of_verb(verb))


def settings_of_verb(verb: str) -> Iterator[Setting]:
    """Yield a verb's own settings, by its file and the types and ranges of its annotations."""
    types, parent = described(verb), ""
    for line in own_settings(verb).splitlines():
        match = SETTING.fullmatch(line)
        if match:
            indent, name, value, meaning = match.groups()
            key = f"{parent}.{name}" if indent else name
            parent = parent if indent else name
            yield Setting(
                key, EMPTY if value == "???" else value, types.get(key, ""), meaning or ""
            )


def kinds(_: Iterable[str]) -> Iterator[str]:
    """Yield a section for each kind of modality and reference."""
    for kind, reader in READERS.items():
        said = SENTENCE.split((reader.__doc__ or "").partition("\n\n")[0])[0]
        yield f"\n### `kind: {kind}`\n\n{prose(said)}\n"
        key = "data.modalities.x"
        rows = list(settings_of_kind(key, {"kind": kind}))[1:]
        yield from table(_relative(row, f"{key}.") for row in rows)


def components(groups: Iterable[str]) -> Iterator[str]:
    """Yield a section for each option of each group."""
    for group in groups:
        verb, default = next((v, c[group]) for v in VERBS if group in (c := chosen_options(v)))
        yield f"Default of `cytoweave {verb}`: {code(f'{group}={default}')}.\n"
        for name in options(group):
            yield from option(group, name)


def option(group: str, name: str) -> Iterator[str]:
    """Yield the section of an option: its settings or, where it names no class, its file."""
    yield f"\n### `{group}={name}`\n\n{prose(header(group, name))}\n"
    path = conf_folder() / group / f"{name}.yaml"
    notes, settings = split(path.read_text(encoding="utf-8"))
    if notes:
        yield f"```text\n{notes}\n```\n"
    if group == "data" or "_target_" in settings:
        yield from table(settings_of_option(group, name))
    else:
        yield f"```yaml\n{settings}\n```\n"


def split(text: str) -> tuple[str, str]:
    """Return the notes below the first line of an option's file, and its settings."""
    lines = text.splitlines()
    first = next((k for k, line in enumerate(lines) if not line.startswith("#")), len(lines))
    notes = "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[1:first])
    return notes.strip("\n"), "\n".join(lines[first:]).strip()


def pages_of_groups() -> dict[str, str]:
    """Return the page that describes the options of each group."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in DOCS.glob("settings_*.md")}
    marks = {page: MARK.findall(text) for page, text in texts.items()}
    return {
        group: page
        for page, found in marks.items()
        for _, names in found
        for group in names.split()
    }


def table(settings: Iterable[Setting]) -> Iterator[str]:
    """Yield a Markdown table of settings."""
    rows = [
        f"| {code(s.key)} | {prose(s.allowed)} | {default(s.value)} | {prose(s.meaning)} |"
        for s in settings
    ]
    if rows:
        yield "| key | type and range | default | meaning |\n|---|---|---|---|"
        yield from rows
        yield ""


def default(value: object) -> str:
    """Return a default as a cell."""
    return "must be given" if value is EMPTY else code(interpolated(as_override(value)))


def interpolated(text: str) -> str:
    """Return a value with the config's interpolations in words."""
    for pattern, words in INTERPOLATIONS:
        text = pattern.sub(words, text)
    return text


def code(text: str) -> str:
    """Return a text as code in a cell of a table; nothing if there is none."""
    return f"`{text}`".replace("|", r"\|") if text else ""


def prose(text: str) -> str:
    """Return a text as a cell: what is not code has no markup of its own."""
    parts = re.split(r"(`+[^`]*`+)", text)
    parts[::2] = [re.sub(r"([<*_\[\]$])", r"\\\1", part) for part in parts[::2]]
    return "".join(parts).replace("|", r"\|")


def _relative(setting: Setting, prefix: str) -> Setting:
    return Setting(
        setting.key.removeprefix(prefix), setting.value, setting.allowed, setting.meaning
    )
