"""Client of OpenAI-compatible endpoints (``POST /chat/completions``), with retries.

OpenAI, Azure, vLLM, llama.cpp, LM Studio and Ollama all answer it. The key is read from the
environment when a call is made; it is sent as a header and written nowhere.
"""

from __future__ import annotations

import email.message
import email.utils
import http.client
import json
import os
import random
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from ...errors import ConfigError
from .labels import harmless
from .limits import Limits, seconds_of

RETRIED = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
"""Status codes after which a call is retried."""

FATAL = frozenset({401, 403, 404})
"""What no other call to the same endpoint would mend."""

MAX_PAUSE_S = 60.0
"""Seconds that a pause of our own takes at most."""

PATIENCE = 600.0
"""Seconds that a server may ask us to wait."""

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class RefusedError(Exception):
    """The endpoint refused a request for what it holds: ``status`` 400 or 422, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(f"{status}: {why}")
        self.status = status


class FailedError(Exception):
    """A call failed after all tries; the message says how the last one did."""


@dataclass(frozen=True)
class Endpoint:
    """Where a model answers.

    Attributes:
        url: Base URL, such as ``http://localhost:11434/v1``.
        model: Name of the model.
        key_env: Name of the environment variable that contains the key; None for no key.
        key_header: The header it is sent in; ``Authorization`` takes it as a bearer token.
        timeout: Seconds that a call may take.
        tries: Of a call.
        backoff: Seconds before the second try, doubled from try to try.
    """

    url: str
    model: str
    key_env: str | None
    key_header: str
    timeout: float
    tries: int
    backoff: float

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError("endpoint.url must be http://HOST.. or https://HOST..")
        if parts.username or parts.password:
            raise ConfigError(
                "endpoint.url must not hold a password; name the environment variable of the key "
                "as endpoint.key_env."
            )
        if {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)} - {"api-version"}:
            raise ConfigError("endpoint.url may hold no parameter but api-version.")
        if self.key_env is not None and not VARIABLE.fullmatch(self.key_env):
            raise ConfigError(
                "endpoint.key_env must be the name of an environment variable, such as "
                "OPENAI_API_KEY, not the key."
            )

    @property
    def address(self) -> str:
        """The URL that calls are posted to."""
        parts = urlsplit(self.url)
        path = parts.path.rstrip("/")
        path = path if path.endswith("/chat/completions") else f"{path}/chat/completions"
        return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))

    def key(self) -> str:
        """Return the key, "" for none.

        Raises:
            ConfigError: If the variable is not set.
        """
        if self.key_env is None:
            return ""
        key = os.environ.get(self.key_env, "").strip()
        if not key:
            raise ConfigError("endpoint.key_env: that environment variable is not set.")
        return key


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would send the key to another server."""

    def redirect_request(self, *_: object) -> None:
        return None


@dataclass
class Client:
    """Posts requests, and tries again with growing pauses.

    Attributes:
        endpoint: Where to.
        limits: What all calls share.
        sleep: Waits for seconds.
    """

    endpoint: Endpoint
    limits: Limits
    sleep: Callable[[float], None] = time.sleep
    _opener: urllib.request.OpenerDirector = field(
        init=False, default_factory=lambda: urllib.request.build_opener(_NoRedirect)
    )

    def post(self, body: Mapping[str, object]) -> dict[str, object]:
        """Return the endpoint's answer to a request, a JSON object.

        Raises:
            RefusedError: If the request itself is refused.
            FailedError: If it fails at every try.
            ConfigError: If the endpoint refuses all requests, or the key is missing.
            DataError: If too many calls have failed.
        """
        data = json.dumps(body).encode()
        reserved = (len(data) // 4 + 1, int(str(body.get("max_tokens", 0))))
        why = ""
        for attempt in range(self.endpoint.tries):
            self.limits.admit(*reserved)
            try:
                reply = self._once(data)
            except _AgainError as error:
                self.limits.settle(reserved, (0, 0))
                why = str(error)
                self._pause(attempt, error.wait)
                continue
            except (RefusedError, ConfigError):
                self.limits.settle(reserved, (0, 0))
                self.limits.count(failed=False)
                raise
            self.limits.settle(reserved, tokens_of(reply, reserved))
            self.limits.count(failed=False)
            return reply
        self.limits.count(failed=True)
        raise FailedError(why)

    def _pause(self, attempt: int, wait: float) -> None:
        """Wait before the next try: as long as the server says, or longer from try to try."""
        if wait:
            self.limits.hold(min(wait, PATIENCE))
        elif attempt + 1 < self.endpoint.tries:
            jitter = random.uniform(0.75, 1.25)
            self.sleep(min(self.endpoint.backoff * 2**attempt, MAX_PAUSE_S) * jitter)

    def _once(self, data: bytes) -> dict[str, object]:
        key = self.endpoint.key()
        headers = {"Content-Type": "application/json"}
        if key:
            bearer = self.endpoint.key_header.lower() == "authorization"
            headers[self.endpoint.key_header] = f"Bearer {key}" if bearer else key
        request = urllib.request.Request(self.endpoint.address, data, headers)
        try:
            with self._opener.open(request, timeout=self.endpoint.timeout) as answer:
                text, received = answer.read().decode("utf-8", "replace"), answer.headers
        except urllib.error.HTTPError as error:
            raise self._fault(error, key) from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            slow = isinstance(reason, TimeoutError | socket.timeout)
            why = f"no answer in {self.endpoint.timeout:g} s" if slow else type(reason).__name__
            raise _AgainError(why) from None
        self._heed(received)
        try:
            reply = json.loads(text.replace(key, "***") if key else text)
        except (json.JSONDecodeError, RecursionError):
            raise _AgainError("the answer is no JSON") from None
        if not isinstance(reply, dict):
            raise _AgainError("the answer is no JSON object")
        return reply

    def _fault(self, error: urllib.error.HTTPError, key: str) -> Exception:
        """Return what an HTTP error means."""
        body = error.read(2000).decode("utf-8", "replace")
        why = harmless(body.replace(key, "***") if key else body, 200)
        if error.code in FATAL:
            hint = "set endpoint.key_env" if error.code != 404 else "check endpoint.url and .model"
            return ConfigError(f"endpoint: answered {error.code} ({why}); {hint}.")
        if error.code in RETRIED or error.code >= 500:
            wait = retry_after(error.headers.get("Retry-After", ""))
            return _AgainError(f"{error.code}: {why}", wait or _reset(error.headers))
        return RefusedError(error.code, why)

    def _heed(self, headers: email.message.Message) -> None:
        """Wait before the next call where an answer says that no more are allowed now."""
        wait = _reset(headers)
        if wait:
            self.limits.hold(min(wait, PATIENCE))


class _AgainError(Exception):
    """One try failed; ``wait`` is how long the server asks to wait, 0 for nothing said."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        super().__init__(why)
        self.wait = wait


def retry_after(text: str) -> float:
    """Return the seconds of a ``Retry-After`` header: a number or a date; 0 where it is neither."""
    if re.fullmatch(r"\s*\d+(\.\d+)?\s*", text):
        return float(text)
    try:
        return max(email.utils.parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    except (TypeError, ValueError):
        return 0.0


def _reset(headers: email.message.Message) -> float:
    """Return how long the headers ``x-ratelimit-*`` ask to wait: where nothing remains."""
    waits = [
        seconds_of(headers.get(f"x-ratelimit-reset-{kind}") or "")
        for kind in ("requests", "tokens")
        if headers.get(f"x-ratelimit-remaining-{kind}") == "0"
    ]
    return max(waits, default=0.0)


def tokens_of(answer: Mapping[str, object], reserved: tuple[int, int]) -> tuple[int, int]:
    """Return the tokens that an answer says it took; where it says nothing, what was expected."""
    usage = answer.get("usage")
    if not isinstance(usage, dict):
        return reserved
    sent, received = (usage.get(name) for name in ("prompt_tokens", "completion_tokens"))
    known = isinstance(sent, int) and isinstance(received, int)
    return (int(str(sent)), int(str(received))) if known else reserved
