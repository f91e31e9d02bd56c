"""Upload to NDEx, against a server on this machine that answers as NDEx does."""

import json
import threading
from collections.abc import Iterator
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import cytoweave as cw
from cytoweave.cli import main
from cytoweave.report import RunResult, read_run, write_run
from cytoweave.report.exchange.home import HOME, home_of
from cytoweave.report.exchange.ndex import Account, host_of

from .cytoscape_web import faults_of_hierarchy, faults_of_network

SECRET = "a-secret-word"


class Stub(ThreadingHTTPServer):
    """Holds networks in memory; `fail_at` is the number of the upload that it refuses."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.networks: dict[str, list[dict[str, Any]]] = {}
        self.visibility: list[str] = []
        self.deleted: list[str] = []
        self.fail_at: int | None = None
        self.status = 500

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answers(BaseHTTPRequestHandler):
    server: Stub

    def _document(self) -> list[dict[str, Any]]:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        _, part = BytesParser().parsebytes(head + body).walk()
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        result: list[dict[str, Any]] = json.loads(content)
        return result

    def _answer(self, status: int, location: str = "") -> None:
        body = b'{"errorCode":"NDEx_Unknown","message":"out of order"}' if status >= 400 else b""
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        document = self._document()
        if self.server.fail_at == len(self.server.networks):
            return self._answer(self.server.status)
        uuid = f"00000000-0000-0000-0000-{len(self.server.networks):012d}"
        self.server.networks[uuid] = document
        self.server.visibility.append(self.path.partition("visibility=")[2])
        return self._answer(201, f"{self.server.address}/v3/networks/{uuid}")

    def do_PUT(self) -> None:
        self.server.networks[self.path.rpartition("/")[2]] = self._document()
        self._answer(204)

    def do_DELETE(self) -> None:
        uuid = self.path.rpartition("/")[2]
        self.server.deleted.append(uuid)
        del self.server.networks[uuid]
        self._answer(204)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def ndex(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    monkeypatch.setenv("NDEX_USER", "somebody")
    monkeypatch.setenv("NDEX_PASSWORD", SECRET)
    with Stub() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def folder(run: RunResult, tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text("title: A map\n")
    write_run(tmp_path, run)
    return tmp_path


def test_the_network_goes_first_and_the_map_names_it(folder: Path, ndex: Stub) -> None:
    link = cw.upload(folder, server=ndex.address)
    parent, hierarchy = ndex.networks.values()
    about = next(part["networkAttributes"][0] for part in hierarchy if "networkAttributes" in part)
    assert about["HCX::interactionNetworkUUID"] == next(iter(ndex.networks))
    assert about["HCX::interactionNetworkHost"] == host_of(ndex.address)
    assert parent == json.loads((folder / "hierarchy_parent.cx2").read_text())
    assert hierarchy == json.loads((folder / "hierarchy.cx2").read_text())
    assert link.endswith(list(ndex.networks)[1])
    assert ndex.visibility == ["PRIVATE", "PRIVATE"]
    assert faults_of_hierarchy(folder / "hierarchy.cx2", uploaded=True) == []
    assert faults_of_network(folder / "hierarchy_parent.cx2", folder / "hierarchy.cx2") == []


def test_public_is_asked_for(folder: Path, ndex: Stub) -> None:
    words = ["upload", "ndex", f"run={folder}", f"server={ndex.address}", "public=true"]
    assert main(words) == 0
    assert ndex.visibility == ["PUBLIC", "PUBLIC"]


def test_a_second_upload_replaces_the_first(folder: Path, ndex: Stub) -> None:
    cw.upload(folder, server=ndex.address)
    first = home_of(folder)
    cw.upload(folder, server=ndex.address)
    assert home_of(folder) == first
    assert len(ndex.networks) == 2


def test_the_run_is_whole_after_it_and_remembers_when_written_anew(
    folder: Path, ndex: Stub
) -> None:
    cw.upload(folder, server=ndex.address)
    result = read_run(folder)
    cw.write_report(folder)
    assert faults_of_hierarchy(folder / "hierarchy.cx2", uploaded=True) == []
    assert read_run(folder).hierarchy.names == result.hierarchy.names


def test_nothing_is_left_there_when_the_second_file_fails(
    folder: Path, ndex: Stub, capsys: pytest.CaptureFixture[str]
) -> None:
    ndex.fail_at = 1
    assert main(["upload", "ndex", f"run={folder}", f"server={ndex.address}"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert host_of(ndex.address) in error
    assert ndex.networks == {}
    assert len(ndex.deleted) == 1
    assert not (folder / HOME).exists()


def test_a_refused_password_is_one_line_without_it(
    folder: Path, ndex: Stub, capsys: pytest.CaptureFixture[str]
) -> None:
    ndex.fail_at, ndex.status = 0, 401
    assert main(["upload", "ndex", f"run={folder}", f"server={ndex.address}"]) == 2
    error = capsys.readouterr().err
    assert "does not know 'somebody'" in error
    assert SECRET not in error


def test_a_server_that_is_not_there_is_one_line(
    folder: Path, ndex: Stub, capsys: pytest.CaptureFixture[str]
) -> None:
    ndex.shutdown()
    ndex.server_close()
    assert main(["upload", "ndex", f"run={folder}", f"server={ndex.address}"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_password_lands_in_no_file(folder: Path, ndex: Stub) -> None:
    cw.upload(folder, server=ndex.address)
    assert SECRET not in repr(Account("somebody", SECRET))
    for path in folder.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()


def test_without_an_account_it_says_how_to_name_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("NDEX_USER", raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    assert main(["upload", "ndex", f"run={folder}"]) == 2
    assert "set NDEX_USER and NDEX_PASSWORD" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["zenodo"], ["run=x"]])
def test_the_place_must_be_named(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["upload", *words]) == 2
    assert "upload PLACE run=DIR" in capsys.readouterr().err
