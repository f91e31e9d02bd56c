"""Cache of calls to an endpoint, keyed by the request.

A file ``llm/<key>.json`` of the store has request, answer, latency and time. The key is a hash of
what was asked, not of whom: an address or a key of the endpoint is in neither.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ...errors import DataError
from .answers import Answer, UnusableError, read_answer
from .client import Client, FailedError, RefusedError
from .prompt import SCHEMA, VERSION, Message, repair

KIND = "chat/completions"
"""Class of endpoint."""

MODES = ("json_schema", "json_object", "text")
"""How an answer in JSON is asked for; the next where an endpoint refuses one."""

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        messages: What is sent.
        labels: Of the proteins of the set.
        temperature: 0 for the main answer.
        seed: Of the sampling.
    """

    messages: Sequence[Message]
    labels: tuple[str, ...]
    temperature: float
    seed: int


@dataclass(frozen=True)
class CallResult:
    """What came of a question.

    Attributes:
        answer: None where no answer can be used.
        flag: Why there is none: ``unparsed``, ``refused`` or ``failed``; "" otherwise.
        keys: Of the raw answers, in their order.
    """

    answer: Answer | None
    flag: str
    keys: tuple[str, ...]


@dataclass
class Calls:
    """Asks a model, and keeps what it answers.

    Attributes:
        client: Posts requests.
        folder: Where answers are kept.
        replay: Whether nothing is asked: a question without a kept answer is an error.
        max_tokens: Of an answer.
        concurrency: Calls at a time.
        sent: Requests that were made.
    """

    client: Client
    folder: Path
    replay: bool
    max_tokens: int
    concurrency: int
    sent: int = 0
    mode: str = MODES[0]

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def all(
        self, questions: Sequence[Question], done: Callable[[], None] = lambda: None
    ) -> list[CallResult]:
        """Return what came of each question, in their order.

        The first is asked alone: it shows how the endpoint takes a schema.
        """
        if not questions:
            return []
        first = self._first(questions[0])
        done()
        return [first, *self._in_threads(self.one, questions[1:], done)]

    def _in_threads(
        self, work: Callable[[S], T], items: Sequence[S], done: Callable[[], None]
    ) -> list[T]:
        pool = ThreadPoolExecutor(self.concurrency)
        try:
            futures = [pool.submit(work, item) for item in items]
            results = []
            for future in futures:
                results.append(future.result())
                done()
            return results
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _first(self, question: Question) -> CallResult:
        """Ask in the first form that the endpoint does not refuse; keep to that form."""
        for mode in MODES[:-1]:
            self.mode = mode
            answered = self.one(question)
            if answered.flag != "refused":
                return answered
        self.mode = MODES[-1]
        return self.one(question)

    def one(self, question: Question) -> CallResult:
        """Ask one question; where the answer cannot be used, once more with what was wrong.

        Raises:
            DataError: If nothing is to be asked and the answer is not there.
        """
        messages, keys = list(question.messages), []
        for _ in range(2):
            body = self._body(messages, question)
            key = key_of(body)
            keys.append(key)
            try:
                kept = self._kept(key) or self._ask(key, body)
            except FailedError:
                return CallResult(None, "failed", tuple(keys))
            if "refused" in kept:
                return CallResult(None, "refused", tuple(keys))
            text, fault = content_of(kept["answer"])
            try:
                if fault:
                    raise UnusableError(fault)
                return CallResult(read_answer(text, question.labels), "", tuple(keys))
            except UnusableError as error:
                messages = repair(question.messages, text, str(error))
        return CallResult(None, "unparsed", tuple(keys))

    def is_kept(self, question: Question) -> bool:
        """Return whether a question has been answered before, in the form of the first try."""
        return self._kept(key_of(self._body(question.messages, question))) is not None

    def _body(self, messages: Sequence[Message], question: Question) -> dict[str, object]:
        body: dict[str, object] = {
            "model": self.client.endpoint.model,
            "messages": [dict(one) for one in messages],
            "temperature": question.temperature,
            "seed": question.seed,
            "max_tokens": self.max_tokens,
        }
        if self.mode == "json_schema":
            schema = {"name": "assembly", "strict": True, "schema": SCHEMA}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif self.mode == "json_object":
            body["response_format"] = {"type": "json_object"}
        return body

    def _kept(self, key: str) -> dict[str, object] | None:
        path = self.folder / f"{key}.json"
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError:
            raise DataError(f"{path} is damaged; delete it and ask again.") from None
        return dict(record)

    def _ask(self, key: str, body: Mapping[str, object]) -> dict[str, object]:
        if self.replay:
            raise DataError(
                f"replay=only: the store holds no answer to one of the questions (llm/{key}.json); "
                "run without replay=only."
            )
        with self._lock:
            self.sent += 1
        start = time.monotonic()
        try:
            outcome: dict[str, object] = {"answer": self.client.post(body)}
        except RefusedError as error:
            outcome = {"refused": error.status, "why": str(error)}
        kept = {
            "kind": KIND,
            "prompt": VERSION,
            "request": dict(body),
            **outcome,
            "seconds": round(time.monotonic() - start, 3),
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        self._keep(key, kept)
        return kept

    def _keep(self, key: str, kept: Mapping[str, object]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = self.folder / f"{key}.{os.getpid()}.{threading.get_ident()}"
        aside.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        aside.replace(self.folder / f"{key}.json")


def key_of(body: Mapping[str, object]) -> str:
    """Return the key of a request: SHA-256 of all that can change its answer."""
    content = {"kind": KIND, "prompt": VERSION, "request": body}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def content_of(answer: object) -> tuple[str, str]:
    """Return the text of an answer, and why it cannot be used, "" if it may be."""
    choices = answer.get("choices") if isinstance(answer, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    if not isinstance(first, dict) or not isinstance(message, dict):
        return "", "it contains no message."
    text = message.get("content")
    text = text if isinstance(text, str) else ""
    if first.get("finish_reason") == "length":
        return text, "it was cut off before its end; be brief."
    if message.get("refusal"):
        return text or str(
            message["refusal"]
        ), "it refuses to answer; the proteins are public data."
    return text, ""
