"""The verb ``train``: weights kept and used, resumed after an interruption, read from a file."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from cytoweave import config
from cytoweave.cli import main
from cytoweave.errors import ConfigError, DataError
from cytoweave.models import ProteinContrast, Training
from cytoweave.models.training.callbacks import LogMetrics
from cytoweave.models.training.checkpoint import fill, read_weights
from cytoweave.stages import Pipeline
from cytoweave.store import Store
from cytoweave.studies import encoder_training as training_run

CELL = [
    "data.simulate.n_proteins=80",
    "data.simulate.images_per_protein=2",
    "data.simulate.image_size=64",
    "image_encoder.crop=32",
    "image_encoder.least_steps=4",
    "image_encoder.held_out=0.4",
    "trainer.max_epochs=3",
    "trainer.progress=false",
    "trainer.accelerator=cpu",
    "workers=1",
]


class Anything:
    """What no file of weights should hold."""


class KilledError(Exception):
    pass


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def trained(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train once by the command; return the folder that it leaves."""
    out = tmp_path_factory.mktemp("out") / "encoder"
    assert main(["train", *CELL, f"store={store.root}", f"out={out}"]) == 0
    return out


def _settings(*words: str, verb: str = "train") -> dict[str, Any]:
    return config.load(verb, [*CELL, *words])


def _vectors(settings: dict[str, Any], store: Store) -> Any:
    pipeline = Pipeline.of(settings, store)
    return pipeline.encode(pipeline.read(settings), "image")


def test_the_folder_holds_weights_curves_vectors_and_metrics(trained: Path) -> None:
    state = torch.load(trained / "checkpoint.pt", weights_only=True)
    assert set(state) == {"weights", "settings", "held_out"}
    assert state["settings"]["backbone"] == "small"
    curves = pd.read_csv(trained / "curves.tsv", sep="\t")
    assert curves["epoch"].tolist() == [0, 1, 2]
    assert curves["loss"].gt(0).all()
    assert curves["retrieval"].between(0, 1).all()
    metrics = json.loads((trained / "scores.json").read_text())
    for name in ("knn_accuracy", "knn_accuracy_untrained", "knn_gain_pixels"):
        low, value, high = (metrics[f"hpa.unseen.{name}{end}"] for end in (".lo", "", ".hi"))
        assert low <= value <= high
    assert (trained / "embedding.tsv.gz").is_file()
    assert (trained / "config.yaml").is_file()


def test_held_out_proteins_share_no_antibody_with_the_others(trained: Path, store: Store) -> None:
    held_out = torch.load(trained / "checkpoint.pt", weights_only=True)["held_out"]
    data = Pipeline.of(_settings(), store).read(_settings())
    images = data.modalities["image"].images("image")
    sides: dict[str, set[bool]] = {}
    for names, antibody in zip(images.proteins, images.antibodies, strict=True):
        for name in (*names, antibody):
            sides.setdefault(name, set()).update(protein in held_out for protein in names)
    assert all(len(result) == 1 for result in sides.values())
    assert 0.2 < len(held_out) / len({n for names in images.proteins for n in names}) <= 0.4


def test_a_run_with_the_same_config_takes_the_weights_from_the_store(
    trained: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def repeated(*_: Any, **__: Any) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr(Training, "fit", repeated)
    result = _vectors(_settings(verb="run"), store)
    read = pd.read_csv(trained / "embedding.tsv.gz", sep="\t", index_col="id")
    np.testing.assert_array_equal(result.value.vectors, read.to_numpy(np.float32))


@pytest.mark.slow
def test_a_given_file_of_weights_gives_the_same_vectors(trained: Path, store: Store) -> None:
    file = trained / "checkpoint.pt"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    words = [f"image_encoder.checkpoint={file}", f"image_encoder.sha256={digest}"]
    given = _vectors(_settings(*words), store)
    assert given.value.vectors.tobytes() == _vectors(_settings(), store).value.vectors.tobytes()
    # They are kept under the content of the file, wherever it lies and whoever reads it.
    result = training_run.train(_settings(*words), store)
    assert result.sha256 == digest


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (
            ["checkpoint=FILE"],
            ConfigError,
            r"image_encoder\.checkpoint needs sha256",
        ),
        (["checkpoint=FILE", "sha256=0f"], DataError, "has the sha256 .*, but 0f was stated"),
        (["checkpoint=none.pt", "sha256=0f"], DataError, "there is no file none.pt"),
    ],
)
def test_bad_weights_are_refused(
    trained: Path, store: Store, words: list[str], error: type[Exception], message: str
) -> None:
    file = str(trained / "checkpoint.pt")
    settings = _settings(*(f"image_encoder.{word.replace('FILE', file)}" for word in words))
    with pytest.raises(error, match=message):
        _vectors(settings, store)


def test_weights_of_another_network_are_refused(trained: Path, tmp_path: Path) -> None:
    state = torch.load(trained / "checkpoint.pt", weights_only=True)["weights"]
    name = "backbone.head.weight"
    missing = {key: value for key, value in state.items() if key != name}
    with pytest.raises(DataError, match=f"the weights '{name}' are missing"):
        fill(ProteinContrast(), missing, "key")
    with pytest.raises(DataError, match="the weights 'more' are unknown"):
        fill(ProteinContrast(), state | {"more": torch.zeros(1)}, "key")
    with pytest.raises(DataError, match=rf"'{name}' has the shape \(1,\), but \(128, 256\)"):
        fill(ProteinContrast(), state | {name: torch.zeros(1)}, "key")

    unsafe = tmp_path / "unsafe.pt"
    torch.save({"weights": Anything()}, unsafe)
    digest = hashlib.sha256(unsafe.read_bytes()).hexdigest()
    with pytest.raises(DataError, match=r"unsafe\.pt is no file of weights alone"):
        read_weights("key", unsafe, digest)


@pytest.mark.parametrize("content", [b"", b"a\tb\n1\t2\n", b"<html>", b"\x80\x02", b"{}"])
def test_bytes_that_are_no_weights_get_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "final.pth"
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"final\.pth is no file of weights alone: it is damaged"):
        read_weights("key", file, hashlib.sha256(content).hexdigest())


@pytest.mark.slow
def test_an_interrupted_training_ends_with_the_same_weights(
    trained: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = LogMetrics.on_train_epoch_start

    def killed(self: LogMetrics, trainer: Any, pl_module: Any) -> None:
        if trainer.current_epoch == 2:
            raise KilledError
        plain(self, trainer, pl_module)

    shutil.rmtree(store.root / "train")
    shutil.rmtree(store.root / "embed")
    with monkeypatch.context() as patch:
        patch.setattr(LogMetrics, "on_train_epoch_start", killed)
        with pytest.raises(KilledError):
            training_run.train(_settings(), store)
    assert len(list(store.root.glob("unfinished/*.training/*.ckpt"))) == 1
    result = training_run.train(_settings(), store)
    assert result.checkpoint is not None
    repeated = torch.load(result.checkpoint, weights_only=True)["weights"]
    straight = torch.load(trained / "checkpoint.pt", weights_only=True)["weights"]
    for name, value in straight.items():
        assert value.numpy().tobytes() == repeated[name].numpy().tobytes()
    assert not list(store.root.glob("unfinished/*"))


def test_an_encoder_without_weights_leaves_its_vectors(store: Store, tmp_path: Path) -> None:
    words = ["modality=ppi", f"store={store.root}", f"out={tmp_path / 'ppi'}"]
    assert main(["train", *CELL, *words]) == 0
    assert (tmp_path / "ppi" / "embedding.tsv.gz").is_file()
    assert not (tmp_path / "ppi" / "checkpoint.pt").exists()


def test_unknown_modalities_and_wrong_references_are_refused(store: Store) -> None:
    with pytest.raises(ConfigError, match="'sound' has no encoder; choose one of ppi, image"):
        training_run.train(_settings("modality=sound"), store)
    with pytest.raises(ConfigError, match="'sec' holds no terms"):
        training_run.train(_settings("reference=sec"), store)


def test_locations_of_other_proteins_are_refused_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "places.gmt").write_text("nucleus\t\tX1\tX2\tX3\tX4\n")
    monkeypatch.delattr("cytoweave.stages.encoding.Encoding.encode")
    places = f"+data.references.places={{kind: gmt, path: {tmp_path / 'places.gmt'}}}"
    words, empty = (places, "reference=places"), Store(tmp_path / "store")
    unjudged = _settings(*words, "held_out=0")
    unjudged["image_encoder"]["held_out"] = 0
    with pytest.raises(DataError, match=r"^data\.references\.places: none of its 4 proteins"):
        training_run.train(_settings(*words), empty)
    with pytest.raises(AttributeError, match="encode"):  # where nobody is judged, training begins
        training_run.train(unjudged, empty)
