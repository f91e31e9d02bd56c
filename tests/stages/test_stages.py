"""What reaches an encoder, and what its result is remembered by."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from cytoweave import config
from cytoweave.artifacts import ElutionProfiles, Embedding, Network, Reading
from cytoweave.errors import ConfigError, DataError
from cytoweave.stages import DataPart, DataSet, Parts, Pipeline
from cytoweave.stages.encoding import Encoding
from cytoweave.stages.reading import Readings
from cytoweave.store import Remembered, Store


def _modalities() -> Readings:
    network = Reading(Network.from_pairs(list("ABCD"), list("BCDA")))
    table = Reading(Embedding.of_modality("", list("ABC"), np.eye(3)))
    readings = {"ppi": network, "lopit": table}
    return {name: DataPart(result, name) for name, result in readings.items()}


def _parts(features: str) -> Parts:
    short = ["ppi_encoder.epochs=1", "trainer.progress=false", "trainer.accelerator=cpu"]
    words = ["ppi_encoder=gae", f"ppi_encoder.features={features}", *short]
    return Parts.of(config.load("run", words))


def test_features_reach_the_encoder_and_count_in_its_key(tmp_path: Path) -> None:
    store, parts, given = Store(tmp_path), _parts("lopit"), _modalities()

    def result(modalities: Readings) -> Remembered[Embedding]:
        return Encoding(store, parts, 0, 1, DataSet(modalities)).encode("ppi")

    first, repeated = result(given), result(given)
    assert first.value.modalities == ("ppi",)
    assert (first.computed, repeated.computed) == (True, False)
    other = result({**given, "lopit": replace(given["lopit"], key="other content")})
    assert other.key != first.key


@pytest.mark.parametrize("name", ["sec", "ppi"])
def test_features_must_be_a_table_of_the_data(tmp_path: Path, name: str) -> None:
    given = _modalities()
    with pytest.raises(DataError) as caught:
        Encoding(Store(tmp_path), _parts(name), 0, 1, DataSet(given)).encode("ppi")
    assert str(caught.value) == (
        f"ppi_encoder.features: the data has no table, embedding or images '{name}'; it has lopit."
    )


def test_elution_profiles_are_a_modality_without_an_encoder(tmp_path: Path) -> None:
    profiles = ElutionProfiles(("A", "B"), np.array([[[1, 3], [2, np.nan]]], np.float32))
    data = DataSet({"sec": DataPart(Reading(profiles), "sec")})
    result = Encoding(Store(tmp_path), Parts.of(config.load("run")), 0, 1, data).encode("sec")
    assert (result.key, result.value.modalities, result.value.proteins) == (
        "sec",
        ("sec",),
        ("A", "B"),
    )
    np.testing.assert_allclose(result.value.vectors, [[0.5, 0.75**0.5], [1, 0]], atol=1e-6)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("trainer.accelerator=xyz", r"trainer\.accelerator must be one of 'auto', 'cpu', 'gpu'"),
        ("trainer.strategy=xyz", r"trainer\.strategy must be one of auto, ddp, .*, got 'xyz'"),
        ("trainer.devices=100000", r"trainer\.devices must be at most \d+, the (cores|GPUs) of"),
        ("trainer.precision=8", r"trainer\.precision must be one of '64-true'"),
    ],
)
def test_what_lightning_would_refuse_is_refused_before_any_work(
    override: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=message):
        Pipeline.of(config.load("run", [override]), Store(tmp_path))


def test_a_gpu_that_is_not_here_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError, match=r"trainer\.accelerator is gpu, but torch finds no GPU"):
        Pipeline.of(config.load("run", ["trainer.accelerator=gpu"]), Store(tmp_path))
