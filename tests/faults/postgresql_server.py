"""A PostgreSQL server of its own for tests of studies, started and stopped with them."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Start a server on loopback, as a user other than root; give its URL, "" without a server."""
    programs = [Path(p) for p in sorted(Path("/usr/lib/postgresql").glob("*/bin"))]
    result = shutil.which("initdb") or next((p / "initdb" for p in reversed(programs)), None)
    if result is None:
        yield ""
        return
    folder = Path(tempfile.mkdtemp(prefix="cytoweave-pg-", dir="/tmp"))
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    place = Path(result).resolve().parent

    def call(program: str, *words: str) -> None:
        command = [str(place / program), "-D", str(folder / "db"), *words]
        subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    call("initdb", "-U", "cytoweave", "-A", "trust")
    listens = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
    call("pg_ctl", "-w", "-l", str(folder / "log"), "-o", listens, "start")
    try:
        yield f"postgresql://cytoweave@127.0.0.1:{port}/postgres"
    finally:
        call("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder)
