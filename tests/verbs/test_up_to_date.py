"""A run whose settings, files and code are those of its folder is left as it is."""

from pathlib import Path

import numpy as np
import pytest

from cytoweave import config
from cytoweave.cli import main
from cytoweave.report import write_run
from cytoweave.report.exchange.crate import METADATA, write_crate
from cytoweave.store import Store
from cytoweave.store.folders import RUN_MARK
from cytoweave.verbs import up_to_date as module
from cytoweave.verbs.up_to_date import metrics_if_unchanged, run_key

from ..report.conftest import make_run

QUICK = ["fusion=concat", "eval.nulls=2", "eval.bootstrap=2", "overwrite=true"]


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What runs 24 proteins with vectors of their own, in three groups."""
    monkeypatch.chdir(tmp_path)
    vectors = np.random.default_rng(0).normal(size=(24, 6)) + 4 * np.repeat(np.eye(6)[:3], 8, 0)
    rows = [f"P{k}\t" + "\t".join(f"{x:.3f}" for x in row) for k, row in enumerate(vectors)]
    Path("vectors.tsv").write_text("\n".join(["protein\ta\tb\tc\td\te\tf", *rows]) + "\n")
    node = "+data.modalities.x={kind: embedding, path: vectors.tsv}"
    return ["data=own", node, *QUICK, "store=store"]


def files_of(folder: Path) -> dict[str, tuple[int, bytes]]:
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): (path.stat().st_ino, path.read_bytes()) for path in paths}


def test_a_run_is_left_as_it_is_until_something_changes(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    run = Path("made")
    assert main(["run", *words, "out=made"]) == 0
    first = files_of(run)
    capsys.readouterr()
    assert main(["run", *words, f"out={run.absolute()}", "workers=1"]) == 0
    shown = capsys.readouterr()
    assert "up to date" in shown.err
    assert "map.all.assemblies" in shown.out
    assert files_of(run) == first

    def made_again(*more: str) -> bool:
        before = files_of(run)
        assert main(["run", *words, "out=made", *more]) == 0
        return "up to date" not in capsys.readouterr().err and files_of(run) != before

    (run / "assemblies.tsv").write_text("of mine\n")
    assert made_again()
    vectors = Path("vectors.tsv")
    vectors.write_text(vectors.read_text().replace("P23\t", "P24\t"))
    assert made_again("seed=1")
    assert not made_again("seed=1")


def test_what_is_not_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def up_to_date(**settings: object) -> bool:
        given = {"out": str(tmp_path), "overwrite": True, "seed": 0} | settings
        given |= {"store": str(tmp_path / "store")}
        return metrics_if_unchanged(given) is not None

    monkeypatch.setattr(module, "run_key", lambda settings, store: f"key {settings['seed']}")
    write_run(tmp_path, make_run())
    assert not up_to_date()  # it has no mark
    (tmp_path / RUN_MARK).write_text('{"key": "key 0", "begun": "2026-01-02T03:04:05+0000"}')
    write_crate(tmp_path, {}, make_run().inputs)
    assert up_to_date()
    assert not up_to_date(seed=1)
    assert not up_to_date(overwrite=False)
    (tmp_path / "scores.json").unlink()
    assert not up_to_date()
    (tmp_path / METADATA).write_text("[")
    assert not up_to_date()


def test_what_a_key_depends_on(words: list[str]) -> None:
    def key(*more: str) -> str:
        return run_key(config.load("run", [*words, *more]), Store(Path("store")))

    first = key()
    assert key("out=other", "store=other", "workers=2", "overwrite=false") == first
    changed = [key("seed=1"), key("map.max_assemblies=7"), key("eval.nulls=3"), key("author=x")]
    Path("sources.lock.json").write_text("{}")
    changed.append(key("data_root=."))
    assert len({first, *changed}) == 6
