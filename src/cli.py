"""The command ``cytoweave``: verbs, help, exit codes."""

from __future__ import annotations

import os
import re
import select
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from tempfile import gettempdir

from . import __version__
from .errors import ConfigError, CytoweaveError, on_disk, one_line, without_passwords
from .nodes import plugins
from .nodes.completion import complete
from .nodes.conf import verb_header
from .terminal.signals import signals_as_interrupt

BROKEN_PIPE = 141
"""Exit code of a command whose reader has gone, as the shell reports SIGPIPE."""

USAGE = """cytoweave VERB [key=value ...]
  --help [key=value ..]  its settings, and those of the options chosen
  --cfg [key=value ..]   the config it would run with, defaults included, as YAML
  --dry-run              what it would compute and what is remembered; writes nothing
  --debug                where an error comes from
cytoweave completion bash|zsh|fish  prints a script: words are completed at the Tab key"""

Verb = Callable[[list[str]], None]
"""Function of a verb, called with the words after it."""

VERBS: dict[str, str | Verb] = {
    "run": "cytoweave.verbs.run:run",
    "train": "cytoweave.verbs.train:train",
    "sweep": "cytoweave.verbs.sweep:sweep",
    "ablate": "cytoweave.verbs.ablate:ablate",
    "map": "cytoweave.verbs.map:map_",
    "evaluate": "cytoweave.verbs.scores:evaluate",
    "objective": "cytoweave.verbs.scores:objective",
    "robustness": "cytoweave.verbs.scores:robustness",
    "compare": "cytoweave.verbs.scores:compare",
    "property": "cytoweave.verbs.applications.property:property_",
    "evidence": "cytoweave.verbs.applications.evidence:evidence",
    "functions": "cytoweave.verbs.applications.functions:functions",
    "contrast": "cytoweave.verbs.applications.contrast:contrast",
    "places": "cytoweave.verbs.applications.places:places",
    "mutations": "cytoweave.verbs.applications.mutations:mutations",
    "names": "cytoweave.verbs.applications.names:names",
    "structures_plan": "cytoweave.verbs.applications.structures:structures_plan",
    "structures_rates": "cytoweave.verbs.applications.structures:structures_rates",
    "structures_read": "cytoweave.verbs.applications.structures:structures_read",
    "convert": "cytoweave.verbs.files:convert",
    "report": "cytoweave.verbs.files:report",
    "portal": "cytoweave.verbs.files:portal",
    "upload": "cytoweave.verbs.upload:upload",
    "data": "cytoweave.verbs.data:data",
    "data_fetch": "cytoweave.verbs.fetch:data_fetch",
    "store": "cytoweave.verbs.store:store",
    "schema": "cytoweave.verbs.schema:schema",
}
"""Each verb's function as ``module:name``, loaded when it is asked for; its help is in `conf/`.

A verb of two words has ``_`` between them here, in `conf/` and in Python.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code.

    Args:
        arguments: The command line after the program's name; by default ``sys.argv[1:]``.

    Returns:
        0; 2 for errors that the user can fix; 130 after Ctrl-C and the like; 141 where nobody reads
        the output any more, as in ``cytoweave run --help | head``.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["__complete"]:  # by a shell, at each press of the Tab key
        return _complete(*words[1:])
    debug = "--debug" in words
    words = _joined([word for word in words if word != "--debug"])
    try:
        with signals_as_interrupt(), on_disk("TMPDIR", Path(gettempdir())):
            _dispatch(words)
            sys.stdout.flush()
    except BrokenPipeError:
        if _has_reader():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # takes what Python writes at its end
        return BROKEN_PIPE
    except CytoweaveError as error:
        if debug:
            raise
        print(f"cytoweave: {one_line(without_passwords(str(error)))}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        print("cytoweave: stopped; finished stages are remembered.", file=sys.stderr)  # noqa: T201
        return 130
    return 0


def _has_reader() -> bool:
    """Return whether somebody still reads the output."""
    if not hasattr(select, "poll"):
        return False  # on Windows, which cannot say
    pipe = select.poll()
    pipe.register(1, 0)
    return not pipe.poll(0)


def _dispatch(words: list[str]) -> None:
    if not words or words[0] in ("-h", "--help"):
        _show_verbs()
    elif words[0] == "--version":
        print(f"cytoweave {__version__}")  # noqa: T201
    elif words[0] == "completion":
        import_module(".verbs.completion", __package__).show_script(words[1:])
    elif words[0] not in VERBS and not _is_verb_of_plugin(words[0]):
        longer = [_spoken(verb) for verb in VERBS if verb.startswith(f"{words[0]}_")]
        chosen = ", ".join(longer or map(_spoken, VERBS))
        near = get_close_matches(words[0], [] if longer else map(_spoken, VERBS), n=1)
        hint = f"did you mean '{near[0]}'? There are" if near else "choose one of"
        raise ConfigError(f"there is no verb '{words[0]}'; {hint} {chosen}.")
    elif not isinstance(VERBS[words[0]], str):
        _run(words[0], words[1:])  # plug-ins show their own help
    elif "-h" in words or "--help" in words:
        import_module(".verbs.help", __package__).show_help(words[0], words[1:])
    elif "--cfg" in words:
        rest = [word for word in words[1:] if word != "--cfg"]
        import_module(".verbs.resolved", __package__).show_config(words[0], rest)
    elif "--dry-run" in words:
        rest = [word for word in words[1:] if word != "--dry-run"]
        import_module(".verbs.dry_run", __package__).show_plan(words[0], rest)
    else:
        _run(words[0], words[1:])


def _complete(line: str = "", breaks: str = "") -> int:
    """Print what the last word of a line may become, as much of it as follows its last break.

    Args:
        line: The command line up to the cursor.
        breaks: Characters at which bash divides words; of a word it replaces the last piece only.
    """
    given = breaks and re.search(f"[^{re.escape(breaks)}]*$", line)
    kept = len(line.split(" ")[-1]) - len(given[0]) if given else 0
    for word in complete(line, VERBS):
        print(re.sub(r"([^\w@%+=:,./~-])", r"\\\1", word[kept:]) if breaks else word)  # noqa: T201
    return 0


def _joined(words: list[str]) -> list[str]:
    """Join a verb of two words into one.

    >>> _joined(["structures", "read", "out=a"])
    ['structures_read', 'out=a']
    """
    joined = "_".join(words[:2])
    if joined in VERBS:
        return [joined, *words[2:]]
    return words


def _spoken(verb: str) -> str:
    """Return a verb as it is typed, with blanks between its words."""
    return verb.replace("_", " ")


def register(name: str, verb: Verb) -> None:
    """Add a verb, which is called with the words after its name.

    Raises:
        ConfigError: If the name is taken.
    """
    if name in VERBS:
        raise ConfigError(f"there is a verb '{name}' already; choose another name.")
    VERBS[name] = verb


def _is_verb_of_plugin(name: str) -> bool:
    plugins.load()
    return name in VERBS or (plugins.load_installed() and name in VERBS)


def _run(name: str, words: list[str]) -> None:
    from .terminal.console import logging_to  # rich: slow to load, and help needs none

    with logging_to():
        _verb(name)(words)


def _verb(name: str) -> Verb:
    place = VERBS[name]
    if not isinstance(place, str):
        return place
    module, _, function = place.partition(":")
    verb: Verb = getattr(import_module(module), function)
    return verb


def _header(verb: str) -> str:
    """Return the description of a verb: the first line of its file, or of a plug-in's docstring."""
    place = VERBS[verb]
    return verb_header(verb) if isinstance(place, str) else (place.__doc__ or "").split("\n")[0]


def _show_verbs() -> None:
    plugins.load()
    lines = (f"  {_spoken(verb):18s}{_header(verb)}" for verb in VERBS)
    print(f"usage: {USAGE}\n", *lines, sep="\n")  # noqa: T201
