"""A server on this machine that answers as it is told: what a real endpoint may do."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]


@dataclass
class Reply:
    """One answer of the server."""

    status: int = 200
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drop: bool = False


@dataclass
class Stub:
    """What was asked, and how the server answers."""

    answer: Callable[[Body, int], Reply]
    requests: list[Body] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    url: str = ""


def reply_of(content: str, finish: str = "stop", **message: object) -> Reply:
    """Return an answer with this content, as chat completions are."""
    choice = {
        "message": {"role": "assistant", "content": content, **message},
        "finish_reason": finish,
    }
    usage = {"prompt_tokens": 100, "completion_tokens": 50}
    return Reply(text=json.dumps({"choices": [choice], "usage": usage}))


def members_of(body: Body) -> list[str]:
    """Return the symbols that a request asks about."""
    user = next(one["content"] for one in body["messages"] if one["role"] == "user")
    block = user.split("<data>\n")[1].split("\n</data>")[0]
    return [one["symbol"] for one in json.loads(block)["proteins"]]


def good(
    symbols: list[str], confidence: float = 0.9, name: str = "Ribosome", **more: object
) -> str:
    """Return a faultless answer."""
    members = [{"symbol": one, "role": "part", "status": "known"} for one in symbols]
    answer = {
        "name": name,
        "alternative_names": ["Ribosomal subunit"],
        "confidence": confidence,
        "coherent": confidence > 0,
        "members": members,
        "claims": [{"text": "They form the ribosome", "symbols": symbols[:2]}],
        "missing_members": [],
    }
    return json.dumps(answer | more)


@contextmanager
def server(answer: Callable[[Body, int], Reply]) -> Iterator[Stub]:
    """Serve on a free port; `answer` is given the request and how many came before."""
    stub = Stub(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            before = len(stub.requests)
            stub.requests.append(body)
            stub.keys.append(self.headers.get("Authorization", ""))
            stub.times.append(time.monotonic())
            reply = stub.answer(body, before)
            time.sleep(reply.delay)
            if reply.drop:
                self.connection.close()
                return
            data = reply.text.encode()
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(data)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # whoever asked has gone
                self.close_connection = True

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    stub.url = f"http://127.0.0.1:{served.server_port}/v1"
    try:
        yield stub
    finally:
        served.shutdown()
        served.server_close()
        thread.join()
