"""A damaged run is refused in one line that names the file, by every way of reading it."""

import json
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from cytoweave.cli import main
from cytoweave.errors import DataError
from cytoweave.report import RunResult, read_run, write_run

from .conftest import make_run

CRATE = "ro-crate-metadata.json"
DEEP = "[" * 100_000

TABLES = ("tables/assemblies_terms.tsv", "tables/coelution.tsv", "tables/truth.tsv")
READ = (
    "scores.json", "hierarchy.cx2", "hierarchy_parent.cx2", "embedding.h5ad", *TABLES,
)  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place, run = tmp_path_factory.mktemp("written"), make_run()
    (place / "config.yaml").write_text(yaml.safe_dump(run.config))
    write_run(place, run)
    return place


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "run"))


def refused(capsys: pytest.CaptureFixture[str], folder: Path) -> str:
    capsys.readouterr()
    assert main(["report", f"run={folder}"]) == 2
    error = capsys.readouterr().err
    assert "Traceback" not in error
    assert error.startswith("cytoweave: ")
    assert error.count("\n") == 1
    return error


@pytest.mark.parametrize("name", READ)
def test_one_changed_byte_is_found(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = bytearray((folder / name).read_bytes())
    content[random.Random(0).randrange(len(content))] ^= 1
    (folder / name).write_bytes(content)
    assert f"{folder / name}: not as the run wrote it" in refused(capsys, folder)


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("content", [b"", b"\x00" * 9, b"{}", b"[1, 2]", DEEP.encode(), None])
def test_without_a_crate_a_damaged_file_is_named(
    name: str, content: bytes | None, folder: Path
) -> None:
    (folder / CRATE).unlink()
    if name in TABLES and content is None:
        content = b"assembly"
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 3] if content is None else content)
    if (name, content) == ("scores.json", b"{}"):  # no metric is fine
        assert read_run(folder).scores.metrics == {}
        return
    with pytest.raises(DataError, match=re.escape(str(folder / name))) as raised:
        read_run(folder)
    assert "\n" not in str(raised.value)


def of_wrong_type(path: Path, change: Callable[[list[dict[str, list[dict]]]], None]) -> None:  # type: ignore[type-arg]
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


@pytest.mark.parametrize("value", ["text", [1], {"a": 1}, True])
def test_a_score_that_is_no_number_is_refused(value: object, folder: Path) -> None:
    (folder / CRATE).unlink()
    (folder / "scores.json").write_text(json.dumps({"corum.all.terms": value}))
    with pytest.raises(DataError, match=r"scores\.json: holds other things than numbers by name"):
        read_run(folder)


@pytest.mark.parametrize("key", ["HCX::members", "HiDeF_persistence", "stability"])
@pytest.mark.parametrize("value", [{}, [None], "text"])
def test_a_field_of_the_map_of_another_type_is_refused(
    key: str, value: object, folder: Path
) -> None:
    (folder / CRATE).unlink()

    def change(document: list[dict[str, list[dict]]]) -> None:  # type: ignore[type-arg]
        nodes = next(part["nodes"] for part in document if "nodes" in part)
        nodes[1]["v"][key] = value

    of_wrong_type(folder / "hierarchy.cx2", change)
    with pytest.raises(DataError, match=r"hierarchy\.cx2: damaged"):
        read_run(folder)


def test_a_member_that_is_no_protein_is_refused(folder: Path) -> None:
    (folder / CRATE).unlink()

    def change(document: list[dict[str, list[dict]]]) -> None:  # type: ignore[type-arg]
        nodes = next(part["nodes"] for part in document if "nodes" in part)
        nodes[1]["v"]["HCX::members"][0] = 10_000

    of_wrong_type(folder / "hierarchy.cx2", change)
    with pytest.raises(DataError, match=r"hierarchy\.cx2: it holds a member that is no protein"):
        read_run(folder)


def test_a_table_without_a_column_is_refused(folder: Path) -> None:
    (folder / CRATE).unlink()
    path = folder / "tables" / "assemblies_terms.tsv"
    pd.read_csv(path, sep="\t").drop(columns="jaccard").to_csv(path, sep="\t", index=False)
    with pytest.raises(DataError, match=r"assemblies_terms\.tsv: it lacks the column 'jaccard'"):
        read_run(folder)


def test_a_column_of_text_where_numbers_belong_is_refused(folder: Path) -> None:
    (folder / CRATE).unlink()
    path = folder / "tables" / "truth.tsv"
    pd.read_csv(path, sep="\t").assign(jaccard="much").to_csv(path, sep="\t", index=False)
    with pytest.raises(DataError, match=r"truth\.tsv: its column 'jaccard' holds text"):
        read_run(folder)


def test_scores_that_do_not_fit_the_map_get_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / CRATE).unlink()
    rates = {"false_positive_rate": [0.5], "true_positive_rate": [0.5]}
    pd.DataFrame({"reference": ["x"], "part": ["all"], **rates}).to_csv(
        folder / "tables" / "roc.tsv", sep="\t", index=False
    )
    assert "scores.json and tables/ do not fit each other" in refused(capsys, folder)


def test_a_damaged_crate_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / CRATE).write_text(DEEP)
    assert str(folder / CRATE) in refused(capsys, folder)


@pytest.mark.parametrize("text", ["", "[1]", "calibration: [1]", "calibration: {nm: a}", "a: !!x"])
def test_a_damaged_config_is_named(
    text: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "config.yaml").write_text(text)
    assert str(folder / "config.yaml") in refused(capsys, folder)


def test_a_title_may_be_changed_by_hand(folder: Path) -> None:
    (folder / "config.yaml").write_text("title: Mine\n")
    assert main(["report", f"run={folder}"]) == 0
    assert "<title>Mine" in (folder / "report.html").read_text()


def test_names_that_look_like_formulas_come_back_as_they_were(
    run: RunResult, tmp_path: Path
) -> None:
    odd = pd.DataFrame({"given": ["=cmd", "@x"], "symbol": ["-A", ""], "status": "unknown"})
    object.__setattr__(run, "identifiers", odd)
    write_run(tmp_path, run)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(run.config))
    assert "\n'=cmd\t'-A\t" in (tmp_path / "tables" / "identifiers.tsv").read_text()
    pd.testing.assert_frame_equal(read_run(tmp_path).identifiers, odd)
    assert np.isfinite(read_run(tmp_path).scores.metrics["corum.all.recovered"])
