"""Queries to a language model, including contaminated controls, and its answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from ...artifacts import Findings
from ...errors import ConfigError
from ...eval.terms.overlap import Index, Values
from .calls import CallResult, Calls, Question
from .client import Client, Endpoint
from .given import Given
from .limits import Bucket, Limits
from .prompt import Message, messages
from .support import similarity

SAMPLING_TEMPERATURE = 0.7
"""Temperature of the samples that agreement is taken from."""

KINDS = ("real", "half", "random", "permuted")
"""Sets that are asked about: as they are; half replaced and all replaced by like proteins; all
replaced by any protein, what the map says of the set left as it is."""


@dataclass(frozen=True)
class Model:
    """How a language model is asked; the verb's own settings, see ``conf/names.yaml``."""

    endpoint: Mapping[str, object]
    repeats: int
    controls: int
    evidence: bool
    replay: str | None
    plan: bool
    max_members: int
    max_cost: float | None

    def calls(self, folder: Path) -> Calls:
        """Return what asks and keeps answers.

        Raises:
            ConfigError: If the endpoint is not named, or its settings contradict each other.
        """
        node = dict(self.endpoint)
        url, model = node.pop("url"), node.pop("model")
        replay = self.replay == "only"
        if not model or not (url or replay):
            raise ConfigError(
                "method=llm and method=stacked need endpoint.url=http://HOST/v1 and "
                "endpoint.model=NAME."
            )
        number = {key: float(str(node[key])) for key in ("timeout", "backoff", "price_in")}
        price_out = float(str(node["price_out"]))
        endpoint = Endpoint(
            url=str(url or "http://localhost"),
            model=str(model),
            key_env=None if node["key_env"] is None else str(node["key_env"]),
            key_header=str(node["key_header"]),
            timeout=number["timeout"],
            tries=int(str(node["tries"])),
            backoff=number["backoff"],
        )
        limits = Limits(
            Bucket(_rate(node["requests_a_minute"])),
            Bucket(_rate(node["tokens_a_minute"])),
            number["price_in"],
            price_out,
            self.max_cost,
        )
        tokens, at_once = (int(str(node[key])) for key in ("max_tokens", "concurrency"))
        return Calls(Client(endpoint, limits), folder, replay, tokens, at_once)


def _rate(value: object) -> float | None:
    return None if value is None else float(str(value))


@dataclass(frozen=True)
class Subject:
    """A set that a model is asked about.

    Attributes:
        source: Which of the sets of the map it comes from.
        kind: One of `KINDS`.
        members: Positions in the map.
    """

    source: int
    kind: str
    members: Index


@dataclass(frozen=True)
class Interview:
    """All sets that a model was asked about, and what it said.

    Attributes:
        given: The map.
        subjects: The sets of the map that are not too large, then the controls.
        replies: Of each, the main answer and then the samples.
    """

    given: Given
    subjects: tuple[Subject, ...]
    replies: tuple[tuple[CallResult, ...], ...]

    @property
    def controls(self) -> Index:
        """Positions of the sets that are compared: controls, and the sets that they come from."""
        used = {one.source for one in self.subjects if one.kind != "real"}
        return np.array([k for k, one in enumerate(self.subjects) if one.source in used], np.intp)

    @cached_property
    def stated(self) -> Values:
        """``(n,)`` confidence that the model states; 0 without answer or coherence."""
        answers = [replies[0].answer for replies in self.replies]
        return np.array([one.confidence if one and one.coherent else 0.0 for one in answers])

    @cached_property
    def agreement(self) -> Values:
        """``(n,)`` mean similarity of the names of all usable answers on a set, in 0..1."""
        names = [[one.answer.name for one in replies if one.answer] for replies in self.replies]
        return np.array([similarity(one) if one else 0.0 for one in names])

    @property
    def kinds(self) -> list[str]:
        """What each set is."""
        return [one.kind for one in self.subjects]

    @property
    def sources(self) -> Index:
        """``(n,)`` which set of the map each comes from."""
        return np.array([one.source for one in self.subjects], np.intp)


def subjects_of(given: Given, model: Model, seed: int) -> tuple[Subject, ...]:
    """Return the sets to ask about: those of the map, and contaminated copies of some."""
    small = [k for k, one in enumerate(given.sets) if 2 <= len(one) <= model.max_members]
    if not small:
        raise ConfigError(f"max_members: no set has 2 to {model.max_members} members.")
    rng = np.random.default_rng([seed, 2])
    chosen = rng.permutation(small)[: model.controls].tolist()
    subjects = [Subject(k, "real", given.sets[k]) for k in small]
    everyone = len(given.pool.strata)
    for k in chosen:
        own = given.sets[k]
        subjects.append(Subject(k, "half", given.pool.contaminated(own, 0.5, rng)))
        subjects.append(Subject(k, "random", given.pool.contaminated(own, 1.0, rng)))
        others = np.setdiff1d(np.arange(everyone), own)
        drawn = rng.permutation(others)[: len(own)]
        subjects.append(Subject(k, "permuted", np.sort(drawn)))
    return tuple(subjects)


def interview(given: Given, model: Model, calls: Calls, seed: int) -> Interview:
    """Ask a model about all sets."""
    subjects = subjects_of(given, model, seed)
    questions = questions_of(given, subjects, model, seed)
    answered = calls.all(questions)
    each = model.repeats + 1
    replies = tuple(tuple(answered[k : k + each]) for k in range(0, len(answered), each))
    return Interview(given, subjects, replies)


def questions_of(
    given: Given, subjects: Sequence[Subject], model: Model, seed: int
) -> list[Question]:
    """Return the questions: of each set once at temperature 0, and then the samples."""
    questions = []
    for one in subjects:
        labels = tuple(given.labels[k] for k in one.members.tolist())
        text: list[Message] = messages(
            labels,
            {label: given.described[label] for label in labels if label in given.described},
            given.evidence(one.source) if model.evidence else (),
        )
        questions.append(Question(text, labels, 0.0, seed))
        questions += [
            Question(text, labels, SAMPLING_TEMPERATURE, seed + k)
            for k in range(1, model.repeats + 1)
        ]
    return questions


def planned(given: Given, model: Model, calls: Calls, seed: int) -> Findings:
    """Return what a run would ask and cost, and ask nothing."""
    questions = questions_of(given, subjects_of(given, model, seed), model, seed)
    left = [one for one in questions if not calls.is_kept(one)]
    sent = sum(len(json.dumps([dict(m) for m in one.messages])) // 4 + 1 for one in left)
    received = len(left) * calls.max_tokens
    limits = calls.client.limits
    cost = (sent * limits.price_in + received * limits.price_out) / 1e6
    rows = [
        ("calls", len(questions)),
        ("calls without a kept answer", len(left)),
        ("tokens sent, about", sent),
        ("tokens received, at most", received),
        ("cost, at most", cost),
    ]
    table = pd.DataFrame(rows, columns=["what", "value"])
    note = "Nothing was asked: plan=true. Prices are endpoint.price_in and endpoint.price_out."
    return Findings("What a model would be asked", {"names": table}, {}, (note,))
