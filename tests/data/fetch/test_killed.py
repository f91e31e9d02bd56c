"""Real processes: one that is killed and gone on with, two that want the same file."""

import hashlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cytoweave.cli import main

from .conftest import Lab
from .server import Reply, ranged, until

BODY = bytes(range(256)) * (4 << 12)


def command(lab: Lab) -> list[str]:
    folder = lab.root.parent / "manifests"
    folder.mkdir(exist_ok=True)
    digest = hashlib.sha256(BODY).hexdigest()
    (folder / "toy.yaml").write_text(
        f"title: A toy\nlicence: {{id: CC0-1.0}}\nversion: 1\nfiles:\n  a:\n"
        f"    urls: ['{lab.served.url}/a']\n    path: toy/a.bin\n    sha256: {digest}\n"
    )
    words = ["source=toy", f"manifest_dir={folder}", f"data_root={lab.root}"]
    return ["data", "fetch", *words]


def started(words: list[str]) -> subprocess.Popen[bytes]:
    code = "from cytoweave.cli import main; raise SystemExit(main())"
    return subprocess.Popen([sys.executable, "-c", code, *words])


@pytest.mark.slow  # starts the program
def test_a_killed_fetch_goes_on(lab: Lab) -> None:
    step = 1 << 20
    inner = ranged(BODY)

    def slowly(request: object) -> Reply:
        reply = inner(request)  # type: ignore[arg-type]
        reply.drip, reply.stall = (step, 60) if len(reply.body) == len(BODY) else (0, 0)
        return reply

    lab.served.answers["/a"] = slowly
    part = lab.root / "toy" / "a.bin.part"
    process = started(command(lab))
    try:
        assert until(lambda: part.exists() and part.stat().st_size == step, 120)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert lab.left() == ["toy/a.bin.part", "toy/a.bin.part.json"]
    assert main(command(lab)) == 0
    assert (lab.root / "toy" / "a.bin").read_bytes() == BODY
    assert lab.left() == ["toy/a.bin"]
    assert lab.served.requests[-1].headers["Range"] == f"bytes={step}-"
    assert lab.served.sent == len(BODY)


@pytest.mark.slow  # starts the program twice
def test_two_programs_at_once_download_once(lab: Lab) -> None:
    inner = ranged(BODY)

    def slowly(request: object) -> Reply:
        reply = inner(request)  # type: ignore[arg-type]
        reply.drip, reply.stall = 1 << 18, 0.2
        return reply

    lab.served.answers["/a"] = slowly
    processes = [started(command(lab)) for _ in range(2)]
    assert [process.wait(120) for process in processes] == [0, 0]
    assert len(lab.served.requests) == 1
    assert (lab.root / "toy" / "a.bin").read_bytes() == BODY


def test_paths_are_below_the_root(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.yaml").write_text(
        "title: A\nlicence: {}\nfiles: {a: {urls: ['https://x.org/a'], path: ../a}}\n"
    )
    assert main(["data", "fetch", "source=bad", f"manifest_dir={tmp_path}", "out=x"]) == 2
    assert main(["data", "fetch", "source=bad", f"manifest_dir={tmp_path}"]) == 2
    message = capsys.readouterr().err.splitlines()
    assert "'../a' must be a place below the data root" in message[-1]
