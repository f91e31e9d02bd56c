"""Images in a layout that no reader knows, by a manifest: from the folder to a map."""

import json
import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile

from cytoweave.cli import main

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "write_fresh_images.py"
MANIFEST = "data.modalities.image.manifest=fresh/images.tsv"
READ_AS = (
    "data=images_manifest",
    MANIFEST,
    "data.modalities.image.channels={red: mt, green: target, blue: dapi, yellow: er}",
    "data.modalities.image.white=4095",
)
"""The settings of docs/training_encoders.md."""


def write_fresh(*given: Any, **settings: Any) -> None:
    spec = spec_from_file_location("write_fresh_images", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    module.write_fresh(*given, **settings)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CYTOWEAVE_CONF", raising=False)
    monkeypatch.setenv("CYTOWEAVE_STORE", str(tmp_path / "store"))


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a command that must be refused; return its one line."""
    assert main(words) == 2
    lines = [x for x in capsys.readouterr().err.splitlines() if x.startswith("cytoweave: ")]
    assert len(lines) == 1
    return lines[0].removeprefix("cytoweave: ")


def few(n: int = 3) -> list[str]:
    """Write a manifest of flat 16-bit fields without a simulation; return its lines."""
    Path("fresh").mkdir()
    rows = ["protein\timage\tantibody\tmt\ttarget\tdapi\ter"]
    for k in range(n):
        files = [f"{word}{k}.tif" for word in ("mt", "target", "dapi", "er")]
        rows.append("\t".join([f"P{k}", f"i{k}", "AB1", *files]))
        for light, file in enumerate(files):
            tifffile.imwrite(f"fresh/{file}", np.full((16, 16), 800 * (light + 1), np.uint16))
    Path("fresh/images.tsv").write_text("\n".join(rows) + "\n")
    return rows


def test_a_manifest_is_needed_and_its_columns_can_be_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "data.modalities.image.manifest must be given" in refused(
        capsys, "data", "check", "data=images_manifest"
    )
    few()
    message = refused(capsys, "data", "check", "data=images_manifest", MANIFEST)
    assert "data.modalities.image: images.tsv has no column 'red'; it has 'protein'" in message
    assert main(["data", "check", *READ_AS]) == 0
    assert "3 proteins to map" in capsys.readouterr().out


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    few()
    Path("fresh/mt0.tif").write_bytes(b"no image")
    Path("fresh/dapi1.tif").unlink()
    assert main(["data", "check", *READ_AS]) == 0
    shown = capsys.readouterr()
    text = re.sub(r"\s+", " ", shown.err)
    assert "image 'i0' does not decode: mt0.tif" in text
    assert "image 'i1' lacks its channel blue (dapi1.tif does not exist)" in text
    assert "no image is left of 'P0', 'P1'." in text
    assert "1 proteins to map" in shown.out
    message = refused(capsys, "data", "check", *READ_AS, "strict=true")
    assert message.startswith("data.modalities.image: image 'i0' does not decode: mt0.tif")
    assert message.endswith("repair or remove it, or set strict=false to go on without.")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], r"images.tsv: lists no image"),
        (["P9\ti9\tAB1\tmt0.tif\ttarget0.tif\tdapi0.tif\ter0.tif"] * 2, r"row 3: image 'i9' occ"),
        (["P9\t\tAB1\tmt0.tif\ttarget0.tif\tdapi0.tif\ter0.tif"], r"row 2: protein and image mus"),
    ],
)
def test_wrong_manifests_are_refused_in_a_line(
    rows: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    head = few()[0]
    Path("fresh/images.tsv").write_text("\n".join([head, *rows]) + "\n")
    assert re.search(message, refused(capsys, "data", "check", *READ_AS))


def test_an_encoder_that_wants_more_than_there_is_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    few()
    message = refused(
        capsys,
        "run",
        *READ_AS,
        "image_encoder.contract.size=16",
        "image_encoder.contract.pixel_um=0.1",
    )
    assert "data.modalities.image does not state how wide a pixel is" in message
    assert not Path("runs").exists()


def test_cells_of_a_set_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    few()
    assert main(["data", "crops", *READ_AS, "crops.cells=false", "crops.size=16", "out=p"]) == 0
    assert "index.html" in capsys.readouterr().out
    assert sorted(path.name for path in Path("p/image").iterdir()) == [
        f"0000{k}_P{k}.png" for k in range(3)
    ]
    message = refused(capsys, "data", "crops", *READ_AS, "out=q")
    assert "none of 3 fields shows a whole nucleus in channel 'blue'" in message
    assert "no modality is of kind images" in refused(capsys, "data", "crops", "data=own")


@pytest.mark.slow
def test_a_fresh_set_becomes_a_map(capsys: pytest.CaptureFixture[str]) -> None:
    """The commands of docs/training_encoders.md, no code changed."""
    write_fresh(Path("fresh"), 80, 128)
    listed = pd.read_csv("fresh/images.tsv", sep="\t")
    per_protein = listed.groupby("protein")
    assert set(per_protein.size()) == {3}
    assert set(per_protein["antibody"].nunique()) == {2}
    assert main(["data", "check", *READ_AS]) == 0
    assert f"{len(listed)} images" in capsys.readouterr().out
    small = ("crops.read_size=128", "crops.size=64", "crops.per_protein=4")
    assert main(["data", "crops", *READ_AS, *small, "out=cells"]) == 0
    assert len(list(Path("cells/image").iterdir())) == per_protein.ngroups
    assert main(["train", *READ_AS, "image_encoder=small", "out=encoder"]) == 0
    assert Path("encoder/checkpoint.pt").is_file()
    trained = len(list(Path("store/train").iterdir()))
    truth = "+data.references.truth={kind: hierarchy, path: fresh/truth.nodes}"
    assert main(["run", *READ_AS, "image_encoder=small", truth, "out=map"]) == 0
    assert len(list(Path("store/train").iterdir())) == trained
    metrics = json.loads(Path("map/scores.json").read_text())
    assert metrics["truth.all.mean_best_jaccard.z"] > 3
    images = pd.read_csv("map/tables/images.tsv", sep="\t")
    assert len(images) == len(listed)
    assert set(images["cell_line"]) == {"simulated"}
