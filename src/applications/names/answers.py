"""Parsing of language-model answers: the JSON object in a text, validated."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .labels import harmless
from .prompt import SCHEMA

HEADING = re.compile(r"^\s*(?:#+\s*|\*\*|Title:|Process:|Name:)+\s*(.+?)\s*\**\s*$", re.IGNORECASE)
"""First line of an answer in Markdown or in the form ``Process: name (0.9)``."""

STATED = re.compile(r"\(?\s*([01](?:\.\d+)?|\.\d+)\s*\)?$")
"""A confidence at the end of a name."""

ROLE, ALTERNATIVES, MISSING = 120, 3, 10


class UnusableError(ValueError):
    """An answer that cannot be used; the message says why, for the model to mend."""


@dataclass(frozen=True)
class Answer:
    """What a model says of a set.

    Attributes:
        name: Its name.
        alternatives: Other names.
        confidence: As stated, in 0..1.
        coherent: Whether the members have something in common.
        members: By label, role and status of the members in the answer.
        claims: Text, and the members that it is about.
        missing: Proteins that belong there and are not in the set.
        invented: Labels that the answer takes for members and that are none.
        missed: Members that are not in the answer.
    """

    name: str
    alternatives: tuple[str, ...]
    confidence: float
    coherent: bool
    members: Mapping[str, Mapping[str, str]]
    claims: tuple[tuple[str, tuple[str, ...]], ...]
    missing: tuple[str, ...]
    invented: tuple[str, ...]
    missed: tuple[str, ...]


def read_answer(text: str, labels: Sequence[str]) -> Answer:
    """Read the first JSON object in a text as an answer on the proteins of those labels.

    Raises:
        UnusableError: If there is none, or it does not fit the schema.
    """
    fields = first_object(text)
    fault = fault_of(fields, SCHEMA)
    if fault:
        raise UnusableError(fault)
    return _checked(fields, labels)


def first_object(text: str) -> dict[str, object]:
    """Return the first JSON object in a text: alone, in a fence, or among words.

    Raises:
        UnusableError: If there is none.
    """
    decoder = json.JSONDecoder()
    for start in (match.start() for match in re.finditer(r"\{", text)):
        try:
            value, _ = decoder.raw_decode(text, start)
        except (json.JSONDecodeError, RecursionError):
            break
        if isinstance(value, dict):
            return value
    raise UnusableError("it holds no complete JSON object.")


KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "number": (int, float),
}  # fmt: skip
"""What Python reads a JSON value of a kind as."""


def fault_of(value: object, schema: object, where: str = "the answer") -> str:
    """Return why a value does not fit a schema of `prompt`, "" if it does."""
    assert isinstance(schema, dict)
    kind = str(schema["type"])
    if not isinstance(value, KINDS[kind]) or (kind == "number" and isinstance(value, bool)):
        return f"{where} must be a JSON {kind}."
    if isinstance(value, dict):
        missing = [key for key in schema["required"] if key not in value]
        if missing:
            return f"{where} lacks '{missing[0]}'."
        inner = ((value[k], part, f"'{k}'") for k, part in schema["properties"].items())
        return next((fault for one in inner if (fault := fault_of(*one))), "")
    if isinstance(value, list):
        faults = (fault_of(one, schema["items"], f"an entry of {where}") for one in value)
        return next((fault for fault in faults if fault), "")
    if "enum" in schema and value not in schema["enum"]:
        return f"{where} must be one of {', '.join(schema['enum'])}."
    return ""


def _checked(fields: dict[str, object], labels: Sequence[str]) -> Answer:
    """Return an answer of the right form, its ranges checked, all its texts harmless."""
    given = json.loads(json.dumps(fields))
    confidence = float(given["confidence"])
    if not (math.isfinite(confidence) and 0 <= confidence <= 1):
        raise UnusableError("'confidence' must be from 0 to 1.")
    name = harmless(given["name"])
    if not name:
        raise UnusableError("'name' is empty.")
    own, invented = set(labels), set()
    members: dict[str, dict[str, str]] = {}
    for one in given["members"]:
        symbol = harmless(one["symbol"])
        if symbol in own:
            role = {"role": harmless(one["role"], ROLE), "status": one["status"]}
            members.setdefault(symbol, role)
        else:
            invented.add(symbol)
    claims = []
    for claim in given["claims"]:
        about = [harmless(one) for one in claim["symbols"]]
        invented |= set(about) - own
        claims.append((harmless(claim["text"], 300), tuple(s for s in about if s in own)))
    return Answer(
        name,
        tuple(harmless(one) for one in given["alternative_names"][:ALTERNATIVES]),
        confidence,
        bool(given["coherent"]),
        members,
        tuple(claims),
        tuple(harmless(one, 30) for one in given["missing_members"][:MISSING]),
        tuple(sorted(invented)),
        tuple(one for one in labels if one not in members),
    )


def read_title(text: str) -> tuple[str, float | None]:
    """Return name and stated confidence of an answer in words, as published ones were recorded.

    The name is the first line that is not empty: a Markdown title, or ``Process: name (0.92)``.

    Raises:
        UnusableError: If there is no such line.
    """
    line = next((one for one in text.replace("\\n", "\n").splitlines() if one.strip()), "")
    heading = HEADING.match(line)
    if heading is None:
        raise UnusableError("it does not begin with a title.")
    name = heading[1].strip("*# ")
    stated = STATED.search(name)
    if stated is None:
        return harmless(name), None
    return harmless(name[: stated.start()].rstrip(" (:-")), float(stated[1])
