"""The template of a plug-in, installed beside the wheel and run outside the checkout."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = ROOT / "examples" / "plugin"
SMALL = [
    "data.simulate.n_proteins=60",
    "data.simulate.image_size=64",
    "image_encoder.epochs=1",
    "image_encoder.least_steps=2",
    "fusion.epochs=2",
    "eval.nulls=10",
    "trainer.progress=false",
]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with both packages installed in ``site``, and the template's tests."""
    folder = tmp_path_factory.mktemp("stranger")
    ignored = shutil.ignore_patterns("build", "*.egg-info", "__pycache__")
    shutil.copytree(TEMPLATE, folder / "plugin", ignore=ignored)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    for source in (ROOT, folder / "plugin"):
        command = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w"]
        command += [str(folder / "wheels"), str(source)]
        subprocess.run(command, check=True, capture_output=True)
    command = [*pip, "install", "--no-deps", "--target", str(folder / "site")]
    command += map(str, (folder / "wheels").glob("*.whl"))
    subprocess.run(command, check=True, capture_output=True)
    return folder


def python(place: Path, *words: str) -> str:
    """Run Python on what is installed in `place`; return what it prints."""
    env = os.environ | {"PYTHONPATH": str(place / "site"), "CYTOWEAVE_PLUGINS": ""}
    env |= {"CYTOWEAVE_STORE": str(place / "store")}
    done = subprocess.run(
        [sys.executable, *words], cwd=place, env=env, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def cytoweave(place: Path, *words: str) -> str:
    """Run the command; return what it prints."""
    return python(place, str(place / "site" / "bin" / "cytoweave"), *words)


def with_sequences(place: Path) -> list[str]:
    """Write a FASTA file and vectors of the simulated proteins; return the overrides to use them.

    The vectors stand for those of a protein language model, one per sequence.
    """
    rng = np.random.default_rng(0)
    names = [f"P{k + 1:04d}" for k in range(60)]
    letters = rng.choice(list("ACDEFGHIKLMNPQRSTVWY"), (60, 50))
    lines = [f">{name}\n{''.join(row)}\n" for name, row in zip(names, letters, strict=True)]
    (place / "proteins.fasta").write_text("".join(lines))
    pd.DataFrame(rng.normal(size=(60, 8)), names).to_csv(place / "esm.tsv", sep="\t")
    return [
        "+data.modalities.composition={kind: fasta, path: proteins.fasta}",
        "+data.modalities.sequence={kind: embedding, path: esm.tsv}",
    ]


def test_no_checkout_is_on_the_path(place: Path) -> None:
    result = python(place, "-c", "import cytoweave, my_lab; print(cytoweave.__file__, '-')")
    assert result.startswith(str(place / "site"))


def test_the_tests_of_the_template_pass(place: Path) -> None:
    printed = python(place, "-m", "pytest", "-q", "plugin/tests", "--import-mode=importlib")
    assert " passed" in printed
    assert "failed" not in printed


def trained(run: Path) -> bool:
    """Return whether a run trained its image encoder, rather than find it in the store."""
    return "train image ..." in (run / "run.log").read_text()


def test_every_part_works_in_a_run_and_a_changed_backbone_is_trained_again(place: Path) -> None:
    own = ["image_encoder=tiny", "eval=purity", *with_sequences(place), *SMALL]
    printed = cytoweave(place, "run", *own, "out=first")
    assert "corum.all.purity" in printed
    assert trained(place / "first")
    scores = json.loads((place / "first" / "scores.json").read_text())
    assert 0 < scores["corum.all.purity"] <= 1
    page = place / "first" / "report.html"
    assert "Purity of assemblies" in page.read_text()

    page.unlink()
    cytoweave(place, "report", "run=first")
    assert "Purity of assemblies" in page.read_text()
    words = ["hierarchy=first/hierarchy.nodes", "eval=purity", "out=scored", *SMALL[:2], SMALL[-2]]
    cytoweave(place, "evaluate", *words, "data=demo")
    repeated = json.loads((place / "scored" / "scores.json").read_text())
    assert repeated["corum.all.purity"] == scores["corum.all.purity"]

    source = place / "site" / "my_lab" / "metric.py"
    source.write_text(source.read_text() + "# changed\n")
    cytoweave(place, "run", *own, "out=second")
    assert not trained(place / "second")
    source = source.with_name("backbone.py")
    source.write_text(source.read_text().replace("16", "24"))
    cytoweave(place, "run", *own, "out=third")
    assert trained(place / "third")


def test_an_ablation_compares_the_encoder_with_the_shipped_ones(place: Path) -> None:
    words = ["ablation=encoders", "+ablation.variants.tiny=['image_encoder=tiny']", "seeds=2"]
    cytoweave(place, "ablate", *words, "workers=2", "out=ablation", *SMALL)
    table = pd.read_csv(place / "ablation" / "ablation.tsv", sep="\t")
    assert {"default", "one epoch of images", "tiny"} <= set(table["variant"])
    assert table.query("variant == 'tiny'")["difference"].notna().all()
