"""Resumable downloads: HTTP ranges, retries, checked redirects.

A file grows as ``NAME.part``; ``NAME.part.json`` says of which address and state of the file, so
that a later process, after a kill too, asks for the rest (RFC 9110 14.2 Range, 13.1.5 If-Range).
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests
from requests.exceptions import InvalidSchema, InvalidURL, SSLError
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from ...errors import check_room
from .retries import AGAIN, REFUSALS, TRIES, AgainError, RefusedError, pause, seconds_of
from .turns import Turns

CHUNK = 1 << 18
CONNECT_S = 10.0
STALL_S = 30.0
"""Seconds without a byte after which a connection is given up."""
ROOM = 1.2
"""Free space wanted, in sizes of what is still to come."""
MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
AGENT = "cytoweave (https://pypi.org/project/cytoweave)"


@dataclass(frozen=True)
class Origin:
    """Where a file came from.

    Attributes:
        url: Address that was asked.
        host: Host that sent it, after redirects.
        etag: As the server wrote it, or "".
        last_modified: Likewise.
        total: Bytes that the server announced; None if it did not, or sent them packed.
    """

    url: str
    host: str = ""
    etag: str = ""
    last_modified: str = ""
    total: int | None = None

    @property
    def validator(self) -> str:
        """What ``If-Range`` compares: a strong ETag, else the date, else ""."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified

    def same_file(self, other: Origin) -> bool:
        """Return whether an answer may speak of the same state of a file."""
        pairs = ((self.etag, other.etag), (self.last_modified, other.last_modified))
        return all(a == b for a, b in pairs if a and b)


@dataclass(frozen=True)
class Address:
    """One address of a file.

    Attributes:
        url: It.
        pinned: The content is compared with a checksum afterwards, so that a part may be gone on
            with although the server does not say whether the file has changed.
        secrets: Headers for this host alone.
        insecure: Its certificate is not checked; allowed where the content is.
    """

    url: str
    pinned: bool = False
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    insecure: bool = False


@dataclass
class Downloader:
    """Brings files from servers.

    Attributes:
        turns: How often each host may be asked.
        sleep: Waits for seconds; None: until `stopped` at most.
        stall: Seconds without a byte after which a connection is given up.
        tries: Tries in a row without a new byte.
        stopped: Set when the program is stopped: transfers end.
    """

    turns: Turns = field(default_factory=Turns)
    sleep: Callable[[float], object] | None = None
    stall: float = STALL_S
    tries: int = TRIES
    stopped: threading.Event = field(default_factory=threading.Event)
    _local: threading.local = field(default_factory=threading.local, repr=False)

    def download(self, address: Address, part: Path) -> Origin:
        """Bring all bytes of an address into `part`, going on with what is there of it.

        Raises:
            RefusedError: If the address does not give them.
            DiskFullError: If there is no room.
        """
        number, best = 0, 0
        while True:
            try:
                with self.turns.turn(urlsplit(address.url).netloc):
                    return self._once(address, part)
            except AgainError as error:
                size = part.stat().st_size if part.exists() else 0
                number, best = (0 if size > best else number + 1), max(size, best)
                if number >= self.tries or self.stopped.is_set():
                    raise RefusedError(f"{error}, after {self.tries} tries") from error
                wait = self.sleep or self.stopped.wait
                wait(pause(max(number - 1, 0), error.after))

    def _once(self, address: Address, part: Path) -> Origin:
        before = _begun(part, address)
        have = part.stat().st_size if before else 0
        headers = {"Accept-Encoding": "identity", "User-Agent": AGENT}
        if before:
            headers["Range"] = f"bytes={have}-"
            headers |= {"If-Range": before.validator} if before.validator else {}
        with self._answer(address, headers) as answer:
            origin = _origin(address.url, answer)
            if before and answer.status_code == 206:
                _check_range(answer, origin, before, have, part)
                origin = replace(origin, total=before.total)
            elif answer.status_code == 416 and before:
                if have == before.total:
                    return before
                drop(part)
                raise AgainError("the part does not fit the file", 0.0)
            else:
                _check_status(answer)
                have = 0
            self._write(answer, origin, part, have)
        return origin

    def _write(self, answer: requests.Response, origin: Origin, part: Path, have: int) -> None:
        """Write the body to the part, from byte `have` on."""
        if origin.total is not None:
            check_room(part.parent, int(ROOM * (origin.total - have)))
        _note(part).write_text(json.dumps(asdict(origin)), encoding="utf-8")
        with part.open("ab" if have else "wb", buffering=0) as stream:
            try:
                for chunk in _chunks(answer.raw, origin):
                    stream.write(chunk)
                    if self.stopped.is_set():
                        raise AgainError("stopped")
            except (HTTPError, requests.RequestException) as error:
                raise AgainError(_reason(error)) from error
            os.fsync(stream.fileno())
        size = part.stat().st_size
        if origin.total is not None and size != origin.total:
            raise AgainError(f"the connection ended after {size:,} of {origin.total:,} bytes")

    @contextmanager
    def _answer(self, address: Address, headers: Mapping[str, str]) -> Iterator[requests.Response]:
        """Ask, and follow redirects that stay as safe as the first address."""
        url, first = address.url, urlsplit(address.url).netloc
        for _ in range(MOST_REDIRECTS + 1):
            own = address.secrets if urlsplit(url).netloc == first else {}
            answer = self._get(url, {**headers, **own}, verify=not address.insecure)
            try:
                if answer.status_code not in REDIRECTS or "Location" not in answer.headers:
                    yield answer
                    return
                url = _next(url, answer.headers["Location"])
            finally:
                answer.close()
        raise RefusedError(f"{first} redirects more than {MOST_REDIRECTS} times")

    def _get(self, url: str, headers: Mapping[str, str], *, verify: bool) -> requests.Response:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        session: requests.Session = self._local.session
        try:
            return session.get(
                url,
                headers=dict(headers),
                stream=True,
                allow_redirects=False,
                timeout=(CONNECT_S, self.stall),
                verify=verify,
            )
        except SSLError as error:
            host = urlsplit(url).hostname
            raise RefusedError(
                f"the certificate of {host} cannot be trusted ({_reason(error)}); name missing "
                "certificates by REQUESTS_CA_BUNDLE"
            ) from error
        except (InvalidSchema, InvalidURL, UnicodeError) as error:
            raise RefusedError(f"'{url}' is no address") from error
        except (HTTPError, requests.RequestException) as error:
            raise AgainError(_reason(error)) from error


def drop(part: Path) -> None:
    """Delete a part and its note."""
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def forget(part: Path) -> None:
    """Delete the note of a part that has become a file."""
    _note(part).unlink(missing_ok=True)


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _begun(part: Path, address: Address) -> Origin | None:
    """Return what a part is the beginning of, if it can be gone on with from this address."""
    try:
        before = Origin(**json.loads(_note(part).read_text(encoding="utf-8")))
        size = part.stat().st_size
    except (OSError, ValueError, TypeError):
        return None
    known = bool(before.validator) or address.pinned
    fits = before.total is not None and 0 < size <= before.total
    return before if known and fits and before.url == address.url else None


def _origin(url: str, answer: requests.Response) -> Origin:
    headers = answer.headers
    length = headers.get("Content-Length", "")
    packed = headers.get("Content-Encoding", "identity") != "identity" and not _is_gzip(url)
    return Origin(
        url,
        urlsplit(answer.url).netloc,
        headers.get("ETag", ""),
        headers.get("Last-Modified", ""),
        int(length) if length.isdigit() and not packed else None,
    )


def _is_gzip(url: str) -> bool:
    """Return whether an address is that of a gzip, which some servers call an encoding of it."""
    return urlsplit(url).path.endswith((".gz", ".tgz"))


def _chunks(raw: BaseHTTPResponse, origin: Origin) -> Iterator[bytes]:
    """Yield what arrives as it arrives, so that nothing is lost if the rest does not."""
    packed = raw.headers.get("Content-Encoding", "identity") != "identity"
    if packed and not _is_gzip(origin.url):
        yield from raw.stream(CHUNK, decode_content=True)
        return
    while chunk := raw.read1(CHUNK, decode_content=False):
        yield chunk


def _check_range(
    answer: requests.Response, origin: Origin, before: Origin, have: int, part: Path
) -> None:
    """Refuse a rest that does not begin where the part ends, or is of another file."""
    match = RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    fits = match and (int(match[1]), int(match[3])) == (have, before.total)
    if not fits or not before.same_file(origin):
        drop(part)
        raise AgainError("the server sent another range than was asked for", 0.0)


def _check_status(answer: requests.Response) -> None:
    status, host = answer.status_code, urlsplit(answer.url).netloc
    if status == 200:
        return
    if status in AGAIN:
        retry_after = seconds_of(answer.headers.get("Retry-After"))
        raise AgainError(f"{host} answers {status} {answer.reason}", retry_after)
    reason = REFUSALS.get(status, f"answers {answer.reason or 'unexpectedly'}")
    raise RefusedError(f"{host} {reason} ({status})")


def _next(url: str, location: str) -> str:
    """Return where a redirect leads."""
    target = urljoin(url, location)
    before, after = urlsplit(url), urlsplit(target)
    allowed = ("https",) if before.scheme == "https" else ("http", "https")
    if after.scheme not in allowed or not after.hostname:
        raise RefusedError(f"{before.netloc} redirects to '{target}', which is not followed")
    return target


def _reason(error: BaseException) -> str:
    """Return what a library says of a failed connection, as few words."""
    inner: BaseException = error
    while inner.__cause__ or inner.__context__:
        inner = inner.__cause__ or inner.__context__ or inner
    return " ".join(str(inner).split())[:120].rstrip(".") or type(inner).__name__
