"""Kill commands at random moments, give them again, and see whether anything was lost.

    python tests/faults/campaign.py kills=200 seed=1 out=/tmp/faults [only=run,ablate] [each=6]
    python tests/faults/campaign.py disks=10 out=/tmp/faults

A round is one command in an empty folder, with an empty store. It gets SIGKILL up to six times (or
`each` times), at moments drawn evenly from the time that an undisturbed one takes, and then runs to
its end; some rounds kill a worker in place of the command. What comes out must be byte for byte
what the undisturbed command left.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import combinations, cycle
from pathlib import Path

import optuna
from optuna.trial import TrialState
from postgresql_server import postgresql_server

from cytoweave.store import Store
from cytoweave.studies.sweep.storage import open_storage
from cytoweave.terminal.signals import signals_as_interrupt

FAULTS = ("lost", "doubled", "half_written", "orphans", "leftovers", "unequal", "refused")
"""What a campaign counts; each must be none."""

MAX_KILLS = 6
"""Kills of a round at most."""

GRACE_S = 5.0
"""Seconds in which the workers of a killed command must have ended."""

LIMIT_S = 900.0
"""Seconds after which a command counts as hung."""

COMMAND = [sys.executable, "-c", "from cytoweave.cli import main; raise SystemExit(main())"]

CELL = [
    "data.simulate.n_proteins=60",
    "data.simulate.image_size=64",
    "image_encoder.epochs=2",
    "image_encoder.least_steps=4",
    "trainer.progress=false",
]
QUICK = ["fusion.epochs=2", "eval.nulls=3"]
MAP = [
    "map.communities.cpm.count=4",
    "map.communities.modularity.count=2",
    "map.communities.resamples=1",
    "map.communities.thinning=2",
    "eval.nulls=3",
]
ABLATION = """\
overrides: []
primary: map.held_out.objective
each_modality: false
variants:
  overlap: ["map.overlap=0.9"]
  alike: ["map.alike=0.6"]
"""
SEARCH = """\
overrides: []
space:
  map.overlap: {choices: [0.3, 0.5, 0.7]}
  map.alike: {choices: [0.7, 0.9]}
"""
TRIALS = 6


@dataclass(frozen=True)
class Case:
    """A command that is killed.

    Attributes:
        name: Of the case.
        words: Behind ``cytoweave``.
        equal: Files that must come out as they do undisturbed.
        before: What stands before the command: another process namespace.
        storage: Of a study, "" for a command that is none.
    """

    name: str
    words: tuple[str, ...]
    equal: tuple[str, ...]
    before: tuple[str, ...] = ()
    storage: str = ""

    @property
    def undisturbed(self) -> str:
        """What it leaves does not depend on where its study is kept, or on its number."""
        return "sweep" if self.storage else "run" if self.before else self.name


@dataclass
class Round:
    """What one round showed."""

    case: str
    kills: int = 0
    seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def fault(self, kind: str, note: str) -> None:
        """Count a fault."""
        self.faults[kind] += 1
        self.notes.append(f"{kind}: {note}")


def cases(inputs: Path, postgresql: str) -> list[Case]:
    """Return all commands; those that this machine cannot run are left out."""
    pairs = _network(inputs)
    of_map = ("hierarchy.nodes", "hierarchy.edges", "scores.json", "assemblies.tsv")
    run = ("run", *CELL, *QUICK, "workers=2", "overwrite=true")
    sweep = (
        "sweep",
        *pairs,
        *MAP,
        "search=small",
        "sampler=grid",
        "seeds=2",
        "workers=2",
        "study=small",
    )
    best = tuple(f"best/{name}" for name in of_map)
    ablate = ("ablate", "ablation=small", *pairs, *MAP, "seeds=2", "workers=2", "overwrite=true")
    result = [
        Case("run", run, (*of_map, "embedding.tsv.gz")),
        Case("train", ("train", *CELL, "overwrite=true"), ("checkpoint.pt", "scores.json")),
        Case("sweep_journal", sweep, best, storage="study.journal"),
        Case("sweep_sqlite", sweep, best, storage="sqlite:///{out}/study.db"),
        Case("ablate", ablate, ("values.tsv", "ablation.tsv")),
        Case("clean", ("run", *pairs, *MAP, "overwrite=true"), of_map),
    ]
    if postgresql:
        result.append(Case("sweep_postgresql", sweep, best, storage=postgresql))
    space = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
    if shutil.which(space[0]) and not subprocess.run([*space, "true"], check=False).returncode:
        result.append(Case("container", run, (*of_map, "embedding.tsv.gz"), before=space))
    return result


class Campaign:
    """Rounds of all cases, seeded.

    Args:
        folder: Where rounds take place.
        chosen: The cases.
        seed: Of the moments.
        each: Kills of a round; None: a number that is drawn too.
    """

    def __init__(
        self, folder: Path, chosen: Sequence[Case], seed: int, each: int | None = None
    ) -> None:
        self.folder, self.chosen, self.each = folder, chosen, each
        self.random = random.Random(seed)
        self.token = f"{os.getpid()}-{time.time_ns()}"
        self.wanted: dict[str, dict[str, bytes]] = {}
        self.takes: dict[str, float] = {}
        self.places: Counter[str] = Counter()
        self.full_store = folder

    def run(self, kills: int) -> Iterator[Round]:
        """Yield rounds until there were so many kills."""
        done = 0
        try:
            for case in cycle(self.chosen):
                if done >= kills:
                    break
                if case.undisturbed not in self.wanted:
                    self._undisturbed(case)
                one = self._clean(case) if case.name == "clean" else self._killed(case)
                done += one.kills
                yield one
        finally:
            for pid in self._alive():  # of a campaign that was stopped
                _kill(pid)

    def _undisturbed(self, case: Case) -> None:
        place = self._place(f"{case.name}-undisturbed")
        start = time.monotonic()
        process = self._start(case, place)
        self._wait(process)
        self.takes[case.undisturbed] = time.monotonic() - start
        if process.returncode:
            raise RuntimeError(f"{case.name}: {(place / 'log').read_text()[-2000:]}")
        self.wanted[case.undisturbed] = _contents(place / "out", case.equal)
        if case.name == "clean":
            self.full_store = place
        else:
            shutil.rmtree(place)

    def _killed(self, case: Case) -> Round:
        """Kill a command some times, let it end, and look at what it left."""
        one, place, start = Round(case.name), self._place(case.name), time.monotonic()
        of_worker = self.random.random() < 0.25 and case.name in ("ablate", "sweep_journal")
        for _ in range(self.each or self.random.randint(1, MAX_KILLS)):
            process = self._start(case, place)
            moment = self.random.uniform(0.05, 0.9) * self.takes[case.undisturbed]
            if self._ends_within(process, moment):
                self._check_code(one, process, place)
                break
            victims = self._workers(process.pid) if of_worker else []
            if victims:
                _kill(self.random.choice(victims))
                self._wait(process)
                one.kills += 1
                self._check_code(one, process, place)
                break
            process.kill()
            process.wait()
            one.kills += 1
            self._count_orphans(one)
            out = place / "out"
            if not case.storage and out.exists() and not self._is_equal(case, out):
                one.fault("half_written", f"{out} is there but not whole")
        process = self._start(case, place)
        self._wait(process)
        self._check_code(one, process, place)
        self._count_orphans(one)
        self._check_end(one, case, place)
        one.seconds = time.monotonic() - start
        if not one.faults:
            shutil.rmtree(place)
        return one

    def _clean(self, case: Case) -> Round:
        """Kill ``store clean`` on a full store; what is left must be whole or gone."""
        one, place, start = Round(case.name), self._place(case.name), time.monotonic()
        shutil.rmtree(place)
        shutil.copytree(self.full_store, place)
        command = [*COMMAND, "store", "clean", "--keep", "0"]
        store = place / "store"
        for _ in range(self.each or self.random.randint(1, MAX_KILLS)):
            full = len(list(store.glob("*/*/recipe.json")))
            process = self._spawn(command, place)
            while process.poll() is None and len(list(store.glob("*/*/recipe.json"))) == full:
                time.sleep(0.0005)
            time.sleep(self.random.uniform(0, 0.004))
            if process.poll() is not None:
                break
            process.kill()
            process.wait()
            one.kills += 1
        process = self._start(case, place)
        self._wait(process)
        self._check_code(one, process, place)
        self._check_end(one, case, place)
        one.seconds = time.monotonic() - start
        if not one.faults:
            shutil.rmtree(place)
        return one

    def _check_end(self, one: Round, case: Case, place: Path) -> None:
        out = place / "out"
        missing = [name for name in case.equal if not (out / name).is_file()]
        if missing:
            one.fault("lost", f"there is no {', '.join(missing)}")
            return
        for name, content in _contents(out, case.equal).items():
            if content != self.wanted[case.undisturbed][name]:
                one.fault("unequal", name)
        left = [p.name for p in place.iterdir() if p.name.startswith(".")]
        left += [p.name for p in (place / "store" / "unfinished").glob("*")]
        left += [p.name for p in out.rglob(".*.unfinished")]
        if left:
            one.fault("leftovers", ", ".join(left))
        for path, fault in Store(place / "store").check().items():
            one.fault("half_written", f"{path}: {fault}")
        if case.storage:
            self._check_study(one, case, place)

    def _check_study(self, one: Round, case: Case, place: Path) -> None:
        url = _storage(case, place).removeprefix("storage=")
        study = optuna.load_study(study_name=_study(place), storage=open_storage(url))
        trials = study.get_trials(deepcopy=False)
        done = [trial for trial in trials if trial.state == TrialState.COMPLETE]
        distinct = {str(sorted(trial.params.items())) for trial in done}
        if len(distinct) < TRIALS:
            one.fault("lost", f"{len(distinct)} of {TRIALS} trials")
        if len(done) > len(distinct):
            one.fault("doubled", f"{len(done)} trials of {len(distinct)} settings")
        begun = (TrialState.RUNNING, TrialState.WAITING)
        under_way = [trial.number for trial in trials if trial.state in begun]
        if under_way:
            one.fault("leftovers", f"trials {under_way} are under way")

    def _is_equal(self, case: Case, out: Path) -> bool:
        try:
            return _contents(out, case.equal) == self.wanted[case.undisturbed]
        except FileNotFoundError:
            return False

    def _check_code(self, one: Round, process: subprocess.Popen[bytes], place: Path) -> None:
        text = (place / "log").read_text(errors="replace")
        if process.returncode or "Traceback" in text:
            one.fault("refused", f"exit {process.returncode}: {text.strip()[-400:]}")

    def _count_orphans(self, one: Round) -> None:
        deadline = time.monotonic() + GRACE_S
        while (pids := self._alive()) and time.monotonic() < deadline:
            time.sleep(0.05)
        for pid in pids:
            one.fault("orphans", _command_line(pid))
            _kill(pid)

    def _place(self, name: str) -> Path:
        """Make a folder; its name, and its study's, is new: databases keep those of studies."""
        while True:
            self.places[name] += 1
            place = self.folder / f"{name}-{self.places[name]}"
            if not place.exists():
                break
        place.mkdir(parents=True)
        return place

    def _start(self, case: Case, place: Path) -> subprocess.Popen[bytes]:
        words = [*case.words, f"out={place / 'out'}"]
        if case.storage:
            words += [_storage(case, place)]
            words = [f"study={_study(place)}" if w == "study=small" else w for w in words]
        return self._spawn([*case.before, *COMMAND, *words], place)

    def _spawn(self, command: Sequence[str], place: Path) -> subprocess.Popen[bytes]:
        own = {"CYTOWEAVE_STORE": str(place / "store"), "CYTOWEAVE_CAMPAIGN": self.token}
        own |= {"CYTOWEAVE_CONF": str(self.folder / "inputs" / "conf")}
        with (place / "log").open("wb") as log:
            return subprocess.Popen(
                list(command), cwd=place, env=os.environ | own, stdout=log, stderr=log
            )

    def _ends_within(self, process: subprocess.Popen[bytes], seconds: float) -> bool:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        if not self._ends_within(process, LIMIT_S):
            process.kill()
            process.wait()

    def _alive(self) -> list[int]:
        """Return the processes that a command of this campaign has started, itself included."""
        mark = f"CYTOWEAVE_CAMPAIGN={self.token}".encode()
        result = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                state = (path / "stat").read_text().rpartition(")")[2].split()[0]
                if state not in "ZX" and mark in (path / "environ").read_bytes():
                    result.append(int(path.name))
            except OSError:
                continue
        return result

    def _workers(self, parent: int) -> list[int]:
        """Return the processes of a command that do its work."""
        alive = [pid for pid in self._alive() if pid != parent]
        return [p for p in alive if re.search("popen_loky|spawn_main", _command_line(p))]


def disks(folder: Path, count: int) -> Iterator[Round]:
    """Yield a round for each of so many sizes of a disk that is too small; then it is enlarged."""
    case = next(one for one in cases(folder / "inputs", "") if one.name == "run")
    campaign = Campaign(folder, [case], 0)
    campaign._undisturbed(case)
    mounted = folder / "disk"
    mounted.mkdir()
    full = 24_000
    for k in range(count):
        size = 200 + full * k // count
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "none", mounted], check=True)
        try:
            yield _full_disk(campaign, case, mounted, size)
        finally:
            subprocess.run(["umount", mounted], check=True)


def _full_disk(campaign: Campaign, case: Case, mounted: Path, size: int) -> Round:
    one, start = Round(f"disk of {size} kB"), time.monotonic()
    log = campaign.folder / "log"
    process = _on(campaign, case, mounted, log)
    campaign._wait(process)
    lines = [line for line in log.read_text().splitlines() if line.startswith("cytoweave: ")]
    if process.returncode not in (0, 2) or "Traceback" in log.read_text():
        one.fault("refused", f"exit {process.returncode}: {log.read_text()[-400:]}")
    elif process.returncode == 2 and (len(lines) != 1 or str(mounted) not in lines[0]):
        one.fault("refused", f"the line does not name the folder: {lines}")
    one.kills = int(process.returncode == 2)
    subprocess.run(["mount", "-o", "remount,size=1g", mounted], check=True)
    process = _on(campaign, case, mounted, log)
    campaign._wait(process)
    if process.returncode:
        one.fault("refused", f"again: exit {process.returncode}: {log.read_text()[-400:]}")
    campaign._check_end(one, case, mounted)
    one.seconds = time.monotonic() - start
    return one


def _on(campaign: Campaign, case: Case, mounted: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start a command whose store and folder lie on a disk, its log elsewhere."""
    own = {"CYTOWEAVE_STORE": str(mounted / "store"), "CYTOWEAVE_CAMPAIGN": campaign.token}
    command = [*COMMAND, *case.words, f"out={mounted / 'out'}"]
    with log.open("wb") as stream:
        return subprocess.Popen(command, env=os.environ | own, stdout=stream, stderr=stream)


def table(rounds: Sequence[Round]) -> str:
    """Return the metrics of a campaign, one row a case."""
    lines = ["| case | rounds | kills | " + " | ".join(FAULTS) + " | seconds a round |"]
    lines += ["|---" * (len(FAULTS) + 4) + "|"]
    for name in dict.fromkeys(one.case for one in rounds):
        of = [one for one in rounds if one.case == name]
        counts = [sum(one.faults[fault] for one in of) for fault in FAULTS]
        seconds = sum(one.seconds for one in of) / len(of)
        numbers = " | ".join(map(str, [len(of), sum(one.kills for one in of), *counts]))
        lines.append(f"| {name} | {numbers} | {seconds:.0f} |")
    return "\n".join(lines)


def main(words: Sequence[str]) -> int:
    """Run a campaign; return 1 if anything was lost."""
    given = dict(word.split("=", 1) for word in words)
    folder = Path(given.get("out") or tempfile.mkdtemp(prefix="cytoweave-faults-")).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    rounds = []
    with postgresql_server() if "kills" in given else _nothing() as url:
        if "disks" in given:
            result: Iterator[Round] = disks(folder, int(given["disks"]))
        else:
            chosen = cases(folder / "inputs", url)
            only = given["only"].split(",") if "only" in given else [c.name for c in chosen]
            chosen = [case for name in only for case in chosen if case.name == name]
            each = int(given["each"]) if "each" in given else None
            campaign = Campaign(folder, chosen, int(given.get("seed", "0")), each)
            result = campaign.run(int(given.get("kills", "200")))
        with (folder / "rounds.jsonl").open("a") as log:
            for one in result:
                rounds.append(one)
                log.write(json.dumps(vars(one)) + "\n")
                log.flush()
                print(one.case, one.kills, dict(one.faults), f"{one.seconds:.0f} s", flush=True)
                for note in one.notes:
                    print("   ", note, flush=True)
    print(table(rounds))
    return int(any(one.faults for one in rounds))


@contextmanager
def _nothing() -> Iterator[str]:
    yield ""


def _network(folder: Path) -> list[str]:
    """Write a network of cliques that noise joins; return the overrides that read it."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = random.Random(0)
    names = [[f"C{c}P{k}" for k in range(5)] for c in range(16)]
    pairs = [(a, b, 0.9) for members in names for a, b in combinations(members, 2)]
    everyone = [name for members in names for name in members]
    noise = (drawn.sample(everyone, 2) for _ in range(60))
    pairs += [(a, b, 0.3) for a, b in noise]
    rows = "".join(f"{a}\t{b}\t{w}\n" for a, b, w in pairs)
    (folder / "pairs.tsv").write_text(f"a\tb\tw\n{rows}")
    terms = "".join(f"c{c}\t-\t" + "\t".join(members) + "\n" for c, members in enumerate(names))
    (folder / "terms.gmt").write_text(terms)
    for group, text in (("ablation", ABLATION), ("search", SEARCH)):
        (folder / "conf" / group).mkdir(parents=True, exist_ok=True)
        (folder / "conf" / group / "small.yaml").write_text(text)
    gmt = f"{{kind: gmt, path: {folder / 'terms.gmt'}}}"
    node = f"{{kind: network, path: {folder / 'pairs.tsv'}, columns: [a, b], weight: w}}"
    references = [f"+data.references.{name}={gmt}" for name in ("corum", "go_cc")]
    return ["data=own", f"data.pairs={node}", *references]


def _storage(case: Case, place: Path) -> str:
    url = case.storage.format(out=place / "out")
    return f"storage={url if '://' in url else place / 'out' / url}"


def _study(place: Path) -> str:
    return re.sub(r"\W", "_", f"{place.parent.name}_{place.name}")


def _contents(out: Path, names: Sequence[str]) -> dict[str, bytes]:
    result = {name: (out / name).read_bytes() for name in names}
    return {n: gzip.decompress(c) if n.endswith(".gz") else c for n, c in result.items()}


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()[:200]
    except OSError:
        return ""


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    with signals_as_interrupt():  # so that the server of a campaign ends with it
        raise SystemExit(main(sys.argv[1:]))
