"""SECURITY.md: every line names tests that exist; those that belong to no other file are here."""

import hashlib
import pickle
import re
from pathlib import Path

import pytest
import torch

from cytoweave import cli, config
from cytoweave.errors import DataError
from cytoweave.models.training.checkpoint import read_weights
from cytoweave.studies.sweep import Sweep

ROOT = Path(__file__).resolve().parents[1]


def test_every_line_of_the_page_names_a_test_that_exists() -> None:
    lines = [line for line in (ROOT / "SECURITY.md").read_text().splitlines() if line[:1] == "|"]
    rows = [line for line in lines if not line.endswith("| test |") and "---" not in line]
    code = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    defined = set(re.findall(r"^def (test_\w+)", code, re.MULTILINE))
    for row in rows:
        named = set(re.findall(r"`(test_\w+)`", row))
        assert named, row
        assert named <= defined, row
    assert len(rows) > 10


class Harmful:
    """What unpickles to a call."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return exec, (f"open({str(self.path)!r}, 'w').close()", "")


def test_a_checkpoint_with_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    torch.save({"layer": Harmful(tmp_path / "harm")}, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(DataError, match="no file of weights alone"):
        read_weights("image_encoder", path, digest)
    assert not (tmp_path / "harm").exists()


def test_a_data_file_is_never_run(tmp_path: Path) -> None:
    for name in ("x.tsv", "x.nodes", "x.h5ad", "x.cx2"):
        (tmp_path / name).write_bytes(pickle.dumps(Harmful(tmp_path / "harm")))
        cli.main(["map", f"network={tmp_path / name}", f"out={tmp_path / 'out'}"])
        cli.main(["map", f"embedding={tmp_path / name}", f"out={tmp_path / 'out'}"])
        words = [f"hierarchy={tmp_path / name}", "data=own", f"out={tmp_path / 'out'}"]
        assert cli.main(["evaluate", *words]) == 2
    assert not (tmp_path / "harm").exists()


def test_a_config_can_read_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "shared.yaml").write_text("title: ${oc.env:MY_SECRET}\n")
    monkeypatch.setenv("CYTOWEAVE_CONF", str(tmp_path))
    monkeypatch.setenv("MY_SECRET", "of mine")
    assert config.load("run", ["data=shared"])["data"]["title"] == "of mine"


def test_a_config_can_name_any_file(tmp_path: Path) -> None:
    node = f"{{kind: gmt, path: {tmp_path / 'anywhere.gmt'}}}"
    result = config.load("run", ["data=own", f"+data.references.x={node}"])
    assert result["data"]["references"]["x"]["path"] == str(tmp_path / "anywhere.gmt")


def test_a_plan_holds_the_storage_as_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("A\tB\nB\tC\n")
    (tmp_path / "terms.gmt").write_text("t\t-\tA\tB\tC\n")
    gmt = f"{{kind: gmt, path: {tmp_path / 'terms.gmt'}}}"
    url = "postgresql://lab:s3cr3t@host/maps"
    words = [
        "data=own",
        f"data.pairs={{kind: network, path: {tmp_path / 'pairs.tsv'}}}",
        f"+data.references.corum={gmt}",
        f"storage={url}",
        f"out={tmp_path / 'study'}",
    ]
    assert url.encode() in pickle.dumps(Sweep.of(words).plan)
