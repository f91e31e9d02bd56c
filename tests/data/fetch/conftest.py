"""A faulty server, and fetchers that wait for nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cytoweave.data.fetch.fetching import Fetcher, Outcome, raise_failures
from cytoweave.data.fetch.manifests import Licence, Manifest, SourceFile
from cytoweave.data.fetch.transfer import Downloader
from cytoweave.data.fetch.turns import Turns

from .server import Served, serving


@dataclass
class Lab:
    """A data root beside a server."""

    root: Path
    served: Served
    slept: list[float] = field(default_factory=list)
    stall: float = 5.0

    def source(
        self, *urls: str, name: str = "toy", path: str = "toy/a.tsv", **of: object
    ) -> Manifest:
        """Return the manifest of one file, at addresses of the server or elsewhere."""
        places = [f"{self.served.url}{url}" if url.startswith("/") else url for url in urls]
        file = SourceFile(path, places or [f"{self.served.url}/a"], **of)  # type: ignore[arg-type]
        return Manifest(name, "A toy", Licence("CC0-1.0"), {"a": file}, "1")

    def fetcher(self, **of: object) -> Fetcher:
        """Return a fetcher that notes pauses instead of making them."""
        downloader = Downloader(Turns(), self.slept.append, self.stall)
        return Fetcher(self.root, downloader, **of)  # type: ignore[arg-type]

    def fetch(self, *manifests: Manifest, **of: object) -> list[Outcome]:
        """Fetch; raise one error if a file failed."""
        outcomes = self.fetcher(**of).fetch(manifests)
        raise_failures(outcomes)
        return outcomes

    def left(self) -> list[str]:
        """Return the files of the data root, our own aside."""
        files = (path.relative_to(self.root) for path in self.root.rglob("*") if path.is_file())
        return sorted(
            f.as_posix() for f in files if f.parts[0] not in (".fetch", "sources.lock.json")
        )


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    with serving() as served:
        yield Lab(tmp_path / "data", served)
