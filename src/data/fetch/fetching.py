"""Download of public data: all files of some manifests into the data root.

Files of several hosts come at once; what is there is left alone; two processes that want one file
download it once; what is recorded in ``sources.lock.json`` has been checked.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from filelock import FileLock, Timeout

from ...errors import ConfigError, DataError, DiskFullError, on_disk
from ...terminal.console import LOG
from ...terminal.progress import tracked
from . import listings
from .adapters import Recipe, make
from .checks import ContentError, check_content, digest
from .lockfile import FETCH_FOLDER, Fetched, Lock, Made, changed_lock, read_lock, record
from .manifests import Listing, Manifest, SourceFile, check_place
from .pictures import choose, read_index, write_table
from .retries import RefusedError
from .transfer import Address, Downloader, Origin, drop, forget

THREADS = 8
LOCKS = 256
"""Lock files of a data root, which its files share."""


@dataclass(frozen=True)
class Wanted:
    """One file to fetch."""

    manifest: Manifest
    key: str
    file: SourceFile

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.manifest.name}.{self.key}"


@dataclass(frozen=True)
class Outcome:
    """What became of a file: ``fetched``, ``there``, ``made`` or ``failed``, and why."""

    source: str
    key: str
    path: str
    state: str
    why: str = ""


@dataclass(frozen=True)
class Chosen:
    """Which pictures of a source are fetched.

    Attributes:
        genes: Symbols or Ensembl genes; None: all there are.
        cell_line: E.g. ``U-2 OS``; None: all.
        per_antibody: At most so many fields of view of each antibody; None: all.
    """

    genes: frozenset[str] | None = None
    cell_line: str | None = None
    per_antibody: int | None = None


@dataclass
class Fetcher:
    """Fetches the files of manifests into a data root.

    Attributes:
        root: The data root.
        downloader: Brings files from servers.
        folder: In place of servers, a folder that contains copies: nothing is asked for.
        accept: Sources whose licence is accepted now.
        insecure: Sources whose certificate need not be valid.
        chosen: Which pictures.
    """

    root: Path
    downloader: Downloader = field(default_factory=Downloader)
    folder: Path | None = None
    accept: frozenset[str] = frozenset()
    insecure: frozenset[str] = frozenset()
    chosen: Chosen = field(default_factory=Chosen)
    _known: Lock = field(default_factory=Lock, repr=False)

    def fetch(self, manifests: Sequence[Manifest]) -> list[Outcome]:
        """Fetch what is missing; return what became of each file, failures among them.

        Raises:
            ConfigError: If a licence must be accepted first, or ``insecure`` names a source whose
                content is not pinned.
            DiskFullError: If there is no room.
        """
        if not manifests:
            return []
        self._check_insecure(manifests)
        self._accept_licences(manifests)
        for manifest in manifests:
            for url in (url for file in manifest.files.values() for url in _urls(file)):
                self.downloader.turns.limit(urlsplit(url).netloc, manifest.host)
        lists: list[Outcome] = []
        wanted = [one for source in manifests for one in self._wanted(source, lists)]
        outcomes = [*lists, *self._all(wanted)]
        failed = {one.source for one in outcomes if one.state == "failed"}
        for manifest in (source for source in manifests if source.name not in failed):
            outcomes += self._made(manifest)
        for manifest in (source for source in manifests if source.images):
            if manifest.name not in {one.source for one in outcomes if one.state == "failed"}:
                outcomes += self._pictures(manifest)
        return outcomes

    def _check_insecure(self, manifests: Sequence[Manifest]) -> None:
        for source in manifests:
            if source.name in self.insecure and not all(f.sha256 for f in source.files.values()):
                raise ConfigError(
                    f"insecure={source.name}: its manifest pins no sha256 of every file, without "
                    "which nobody could tell what an unknown host sends."
                )

    def _accept_licences(self, manifests: Sequence[Manifest]) -> None:
        accepted = read_lock(self.root).accepted
        asking = [one for one in manifests if one.licence.note and one.name not in accepted]
        lacking = [one for one in asking if one.name not in self.accept]
        if lacking:
            terms = "; ".join(
                f"{one.title}: {one.licence.id}" + f" ({one.licence.url})" * bool(one.licence.url)
                for one in lacking
            )
            names = ",".join(one.name for one in lacking)
            raise ConfigError(f"read the terms of {terms}; if you accept them, add accept={names}.")
        if asking:
            with changed_lock(self.root) as lock:
                for one in asking:
                    lock.accepted[one.name] = {"licence": one.licence.id, "time": now()}

    def _wanted(self, manifest: Manifest, failures: list[Outcome]) -> Iterator[Wanted]:
        """Yield the files of a manifest, those of listings one by one."""
        for key, file in manifest.files.items():
            if file.listing is None:
                yield Wanted(manifest, key, file)
                continue
            try:
                listed = self._listed(file.path, file.listing)
            except (RefusedError, ValueError) as error:
                why = f"{error}{_advice(manifest)}"
                failures.append(Outcome(manifest.name, key, file.path, "failed", why))
                continue
            for one in listed:
                path = f"{file.path}/{one.name}"
                check_place(f"{manifest.name}.{key}", path)
                urls = [one.url] if one.url else []
                known = replace(
                    file, path=path, urls=urls, listing=None, bytes=one.bytes, md5=one.md5
                )
                yield Wanted(manifest, f"{key}/{one.name}", known)

    def _listed(self, path: str, spec: Listing) -> list[listings.Listed]:
        if self.folder is None:
            listed = listings.files(spec, self._ask)
        else:
            place = self.folder / path
            files = sorted(p for p in place.rglob("*") if p.is_file())
            names = (p.relative_to(place).as_posix() for p in files)
            listed = [listings.Listed(name, "") for name in names if spec.takes(name)]
        if not listed:
            where = self.folder or f"{spec.url}, in {spec.id}"
            raise RefusedError(f"there is no file named '{spec.match}' at {where}")
        return listed

    def _ask(self, url: str) -> bytes:
        """Return a server's answer to a short question."""
        part = self.root / FETCH_FOLDER / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.part"
        part.parent.mkdir(parents=True, exist_ok=True)
        with self._locked(part):
            drop(part)
            self.downloader.download(Address(url), part)
            content = part.read_bytes()
            drop(part)
        return content

    def _all(self, wanted: Sequence[Wanted]) -> list[Outcome]:
        """Fetch files at once, in threads; the first that meets a full disk ends all."""
        self._known = read_lock(self.root)
        stopped = self.downloader.stopped
        with ThreadPoolExecutor(THREADS) as pool:
            futures = [pool.submit(self._one, one) for one in wanted]
            try:
                return list(
                    tracked((one.result() for one in futures), "fetching", total=len(futures))
                )
            except BaseException:
                stopped.set()
                pool.shutdown(wait=True, cancel_futures=True)
                raise
            finally:
                with changed_lock(self.root):  # what was noted becomes part of it
                    pass

    def _one(self, wanted: Wanted) -> Outcome:
        path = self.root / wanted.file.path
        about = (wanted.manifest.name, wanted.key, wanted.file.path)
        with on_disk("data_root", path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._locked(path):
                try:
                    if self._is_there(wanted, self._known):
                        return Outcome(*about, "there")
                    self._place(wanted, path)
                except (RefusedError, ContentError) as error:
                    return Outcome(*about, "failed", str(error))
        return Outcome(*about, "fetched")

    def _is_there(self, wanted: Wanted, lock: Lock) -> bool:
        """Return whether a file need not be fetched.

        Raises:
            ContentError: If another file is there that we have not fetched.
        """
        path, known = self.root / wanted.file.path, lock.files.get(wanted.file.path)
        if known and wanted.file.discard and self._is_used_up(wanted, known, lock):
            return True
        if not path.is_file():
            return False
        known = known or read_lock(self.root).files.get(wanted.file.path)  # of another process
        if known is None:
            self._adopt(wanted, path)
            return True
        sha256 = digest(path)
        if sha256 != known.sha256:
            LOG.warning("%s has changed since it was fetched; fetched again", path)
        current = known.version == wanted.manifest.version
        return current and sha256 == known.sha256 and wanted.file.sha256 in ("", sha256)

    def _adopt(self, wanted: Wanted, path: Path) -> None:
        """Accept a file placed by hand, if its content is the expected one."""
        try:
            sha256 = check_content(path, wanted.file)
        except ContentError as error:
            raise ContentError(f"a file that lies at {path} {error}; move it away") from None
        self._record(wanted, Origin("", "placed by hand"), path, sha256)

    def _is_used_up(self, wanted: Wanted, known: Fetched, lock: Lock) -> bool:
        """Return whether all that is made of a file is there, so that it may be gone itself."""
        made = [str(node["path"]) for node in wanted.manifest.made.values()]
        return known.version == wanted.manifest.version and all(
            place in lock.made and (self.root / place).exists() for place in made
        )

    def _place(self, wanted: Wanted, path: Path) -> None:
        """Bring a file, check it, and only then give it its name.

        Raises:
            RefusedError: If no address gives it.
        """
        part = path.with_name(f"{path.name}.part")
        failures = []
        for bring in self._ways(wanted):
            try:
                origin = bring(part)
                sha256 = check_content(part, wanted.file)
                self._check_same(wanted, sha256)
            except RefusedError as error:
                failures.append(str(error))
            except ContentError as error:
                drop(part)
                failures.append(f"what was sent {error}")
            except (DiskFullError, OSError):
                drop(part)
                raise
            else:
                self._record(wanted, origin, part, sha256)
                part.replace(path)
                forget(part)
                return
        why = "; then ".join(failures) or f"{self.folder} holds no {wanted.file.path}"
        raise RefusedError(f"{why}{_advice(wanted.manifest)}")

    def _ways(self, wanted: Wanted) -> Iterator[Callable[[Path], Origin]]:
        """Yield what brings a file: a copy, or each address."""
        if self.folder is not None:
            for place in _copies(self.folder, wanted.file):
                yield lambda part, place=place: _copied(place, part)  # type: ignore[misc]
            return
        for url in wanted.file.urls:
            address = self._address(wanted, url)
            yield lambda part, address=address: self.downloader.download(address, part)  # type: ignore[misc]

    def _address(self, wanted: Wanted, url: str) -> Address:
        host = wanted.manifest.host
        token = os.environ.get(host.token_env, "") if host.token_env else ""
        insecure = wanted.manifest.name in self.insecure
        secrets = {host.token_header: token} if token else {}
        return Address(url, wanted.file.pinned, secrets, insecure)

    def _check_same(self, wanted: Wanted, sha256: str) -> None:
        """Refuse another content than before under an address that should not move."""
        known = self._known.files.get(wanted.file.path)
        fixed = not wanted.manifest.mutable and not wanted.file.pinned
        if known is None or not fixed or known.version != wanted.manifest.version:
            return
        if known.host and sha256 != known.sha256:
            raise ContentError(
                f"is not what was fetched on {known.time[:10]} (sha256 {known.sha256[:12]}..); "
                "to take it, delete its entry from sources.lock.json"
            )

    def _record(self, wanted: Wanted, origin: Origin, path: Path, sha256: str) -> None:
        of = wanted.manifest
        about = (of.name, wanted.key, of.title, of.version, of.licence.id, of.licence.url, of.cite)
        came = (origin.url, origin.host, now(), origin.etag, origin.last_modified)
        is_known = (path.stat().st_size, sha256, wanted.file.pinned)
        record(self.root, wanted.file.path, Fetched(*about, *came, *is_known))

    def _made(self, manifest: Manifest) -> Iterator[Outcome]:
        """Make what a manifest says, unless it is there and made of the same files."""
        for key, node in manifest.made.items():
            path = str(node["path"])
            about = (manifest.name, key, path)
            target = self.root / path
            recipe = Recipe.of(f"{manifest.name}.{key}", node, manifest.paths(), self.root)
            with on_disk("data_root", target.parent), self._locked(target):
                lock = read_lock(self.root)
                made = Made(manifest.name, recipe.kind, recipe.used(lock), recipe.settings())
                state = "there" if lock.made.get(path) == made and target.exists() else "made"
                if state == "made":
                    make(recipe, target)
                    with changed_lock(self.root) as lock:
                        lock.made[path] = made
            yield Outcome(*about, state)
        for file in manifest.files.values():
            if file.discard:
                (self.root / file.path).unlink(missing_ok=True)

    def _pictures(self, manifest: Manifest) -> list[Outcome]:
        """Fetch the pictures that are chosen; one that fails is listed, and no failure of all."""
        spec, c = manifest.images, self.chosen
        if spec is None:
            return []
        table, index = self.root / spec.path, self.root / manifest.paths()[spec.index]
        cells, most = c.cell_line or spec.cell_line, c.per_antibody or spec.per_antibody
        known = read_index(index, cells)
        rows = choose(known, c.genes, most)
        for url in {url for row in rows for url in row.urls().values()}:
            self.downloader.turns.limit(urlsplit(url).netloc, manifest.host)
        folder = Path(spec.path).parent
        wanted = [
            Wanted(manifest, f"images/{name}", SourceFile((folder / name).as_posix(), (url,)))
            for row in rows
            for name, url in row.urls().items()
        ]
        outcomes = self._all(wanted)
        with on_disk("data_root", table.parent), self._locked(table):
            write_table(table, known)
        listed = [replace(o, state="lacking") if o.state == "failed" else o for o in outcomes]
        return [*listed, Outcome(manifest.name, "images", spec.path, "made")]

    @contextmanager
    def _locked(self, path: Path) -> Iterator[None]:
        """Wait until no other process or thread works at a file."""
        folder = self.root / FETCH_FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        place = path.absolute().as_posix().encode()
        number = int(hashlib.sha256(place).hexdigest(), 16) % LOCKS
        lock = FileLock(folder / f"{number}.lock", thread_local=False)
        while True:
            try:
                with lock.acquire(timeout=1.0, poll_interval=0.05):
                    yield
                return
            except Timeout:
                if self.downloader.stopped.is_set():
                    raise RefusedError("stopped") from None


def now() -> str:
    """Return the time as ISO 8601 in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def raise_failures(outcomes: Iterable[Outcome]) -> None:
    """Raise one error for all files that could not be fetched.

    Raises:
        DataError: If there is one.
    """
    failed = [one for one in outcomes if one.state == "failed"]
    if failed:
        first = failed[0]
        others = f" ({len(failed)} files failed)" if len(failed) > 1 else ""
        raise DataError(
            f"{first.source}.{first.key}: {first.why.rstrip('.')}{others}; "
            "the same command goes on with what is missing."
        )


def _advice(manifest: Manifest) -> str:
    return f"; {manifest.host.advice.rstrip('.')}" if manifest.host.advice else ""


def _urls(file: SourceFile) -> list[str]:
    return [*file.urls, *([file.listing.url] if file.listing else [])]


def _copies(folder: Path, file: SourceFile) -> list[Path]:
    """Return the files of a folder that may be a copy: by place, by name, by the address's name."""
    names = [file.path, Path(file.path).name]
    names += [unquote(urlsplit(url).path).rpartition("/")[2] for url in file.urls]
    return [folder / name for name in dict.fromkeys(names) if name and (folder / name).is_file()]


def _copied(place: Path, part: Path) -> Origin:
    shutil.copyfile(place, part)
    return Origin(str(place))
