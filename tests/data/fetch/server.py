"""A server on this machine that fails as real ones do: it cuts, stalls and lies, and counts."""

import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass(frozen=True)
class Request:
    """What was asked: `number` counts the requests of one path, from 0."""

    path: str
    headers: Mapping[str, str]
    number: int
    method: str = "GET"


@dataclass
class Reply:
    """An answer; `cut`: bytes of the body after which the connection ends."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    stall: float = 0.0
    drip: int = 0
    chunked: bool = False
    bare: bool = False


Answer = Callable[[Request], Reply]


@dataclass
class Served:
    """What a server offers and what it did."""

    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    sent: int = 0
    now: int = 0
    most: int = 0
    url: str = ""
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, path: str) -> int:
        """Return how often a path was asked for."""
        return sum(one.path.partition("?")[0] == path for one in self.requests)


def whole(body: bytes, **headers: str) -> Answer:
    """Offer a file to servers that know no ranges."""
    return lambda request: Reply(body, headers=dict(headers))


def ranged(body: bytes, cuts: Sequence[int] = (), etag: str = '"v1"') -> Answer:
    """Offer a file by ranges; the first answers end after so many bytes."""

    def answer(request: Request) -> Reply:
        cut = cuts[request.number] if request.number < len(cuts) else None
        headers = {"ETag": etag, "Accept-Ranges": "bytes"} if etag else {}
        requested, condition = request.headers.get("Range"), request.headers.get("If-Range")
        if requested is None or (condition is not None and condition != etag):
            return Reply(body, headers=headers, cut=cut)
        start = int(requested.removeprefix("bytes=").rstrip("-"))
        if start >= len(body):
            return Reply(b"", 416, {"Content-Range": f"bytes */{len(body)}"})
        headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        return Reply(body[start:], 206, headers, cut=cut)

    return answer


def after(replies: Sequence[Reply], then: Answer) -> Answer:
    """Answer with some replies, one after the other, before a file is given."""
    return lambda r: replies[r.number] if r.number < len(replies) else then(r)


def _absent(_: Request) -> Reply:
    return Reply(b"none", 404)


class Handler(BaseHTTPRequestHandler):
    """Answers as `Served` says."""

    protocol_version = "HTTP/1.1"
    served: Served

    def do_GET(self) -> None:
        served, path = self.served, self.path.partition("?")[0]
        with served.lock:
            request = Request(self.path, dict(self.headers), served.count(path), self.command)
            served.requests.append(request)
            served.now += 1
            served.most = max(served.most, served.now)
        try:
            self._send(served.answers.get(path, _absent)(request))
        finally:
            with served.lock:
                served.now -= 1

    do_HEAD = do_GET  # noqa: N815 - the library's name

    def _send(self, reply: Reply) -> None:
        headers = dict(reply.headers)
        if reply.chunked:
            headers["Transfer-Encoding"] = "chunked"
        else:
            headers.setdefault("Content-Length", str(len(reply.body)))
        if reply.bare:
            self.send_response_only(reply.status)
        else:
            self.send_response(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        body = reply.body if reply.cut is None else reply.body[: reply.cut]
        step = reply.drip or max(len(body), 1)
        for start in range(0, len(body), step):
            piece = body[start : start + step]
            self._write(piece, chunked=reply.chunked)
            if reply.drip:
                self.served.over.wait(reply.stall)
        if reply.stall and not reply.drip:
            self.served.over.wait(reply.stall)
        if reply.chunked and reply.cut is None:
            self.wfile.write(b"0\r\n\r\n")
        if reply.cut is not None:
            self.close_connection = True
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

    def _write(self, piece: bytes, *, chunked: bool) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        with self.served.lock:
            self.served.sent += len(piece)

    def do_CONNECT(self) -> None:
        """Be a proxy: join two connections until one ends."""
        self.served.requests.append(Request(self.path, dict(self.headers), 0, "CONNECT"))
        host, _, port = self.path.partition(":")
        with socket.create_connection((host, int(port))) as other:
            self.send_response_only(200)
            self.end_headers()
            self.close_connection = True
            while True:
                ready, _, _ = select.select([self.connection, other], [], [], 5)
                for one in ready:
                    data = one.recv(1 << 16)
                    if not data:
                        return
                    (other if one is self.connection else self.connection).sendall(data)
                if not ready:
                    return

    def log_message(self, *_: object) -> None:
        pass

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # whoever asked has gone
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """A broken connection is what is tested."""


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[Served]:
    """Serve on a free port, by TLS with a certificate and its key in one file."""
    served = Served()
    handler = type("Own", (Handler,), {"served": served})
    server = _Server(("127.0.0.1", 0), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    served.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
    try:
        yield served
    finally:
        served.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def until(holds: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Wait until something holds; return whether it does."""
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()
