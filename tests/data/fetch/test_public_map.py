"""From manifests to a scored map with images, in one command, on miniatures of the sources."""

import json
from pathlib import Path

import pandas as pd
import pytest

from cytoweave import cli
from cytoweave.data.fetch.lockfile import read_lock

from . import miniature
from .conftest import Lab


@pytest.mark.slow  # a whole experiment
def test_public_sources_become_a_scored_map_with_images(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    miniature.serve(lab.served)
    miniature.manifests(tmp_path / "conf", lab.served)
    monkeypatch.setenv("CYTOWEAVE_CONF", str(tmp_path / "conf"))
    out = tmp_path / "map"
    words = [
        "data=u2os_public",
        "fetch=true",
        f"data_root={lab.root}",
        f"store={tmp_path / 'store'}",
        f"out={out}",
        "data.modalities.image.size=32",
        "trainer.max_epochs=3",
        "fusion=concat",
        "workers=1",
    ]
    assert cli.main(["run", *words]) == 0
    sources = {known.source for known in read_lock(lab.root).files.values()}
    assert sources == {"hgnc", "go", "corum", "hpa_locations", "hpa_images", "u2os_apms", "secms"}
    scores = json.loads((out / "scores.json").read_text())
    assert scores["corum.all.j50"] > scores["corum.all.j50.null_mean"]
    assert {"go_cc.all.assemblies", "hpa.all.assemblies"} <= set(scores)
    assert any(name.startswith("sec.all") for name in scores)
    root = (out / "hierarchy.nodes").read_text().splitlines()[0].split("\t")
    assert set(root[2].split()) == set(miniature.GENES)
    shown = pd.read_csv(out / "tables" / "images.tsv", sep="\t", keep_default_na=False)
    assert set(shown["proteins"]) == set(miniature.GENES)
    inputs = pd.read_csv(out / "tables" / "inputs.tsv", sep="\t", keep_default_na=False)
    urls = dict(zip(inputs["part"], inputs["url"], strict=True))
    assert "mips.helmholtz-muenchen.de" in urls["data.references.corum"]
    assert list((out / "portal" / "img").iterdir())
    before = len(lab.served.requests)
    repeated = [word for word in words if not word.startswith("out=")]
    assert cli.main(["run", *repeated, f"out={tmp_path / 'again'}"]) == 0
    assert len(lab.served.requests) == before
    second = (tmp_path / "again" / "hierarchy.nodes").read_bytes()
    assert second == (out / "hierarchy.nodes").read_bytes()
