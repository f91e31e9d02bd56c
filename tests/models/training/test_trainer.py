"""Training: interrupted and gone on with, watched, stopped early, shared out, accumulated."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.loggers import CSVLogger
from torch import Tensor, nn
from torch.utils.data import DataLoader

from cytoweave.errors import ConfigError
from cytoweave.models import Training
from cytoweave.models.training.device_batches import DeviceBatches
from cytoweave.models.training.trainer import Watch, seeded
from cytoweave.terminal import progress

TRAINING = Training(accelerator="cpu", progress=False)


class Line(LightningModule):
    """Fits y = 3 x with dropout and a rate that falls, so that all kinds of state count."""

    def __init__(self, dropout: float = 0.2, interval: str = "step") -> None:
        super().__init__()
        self.save_hyperparameters()
        self.layers = nn.Sequential(nn.Linear(1, 8), nn.Dropout(dropout), nn.Linear(8, 1))

    def training_step(self, batch: Tensor, batch_idx: int) -> dict[str, Tensor]:
        return {"loss": (self.layers(batch) - 3 * batch).square().mean()}

    def validation_step(self, batch: Tensor, batch_idx: int) -> None:
        self.log("val_loss", (self.layers(batch) - 3 * batch).square().mean())

    def configure_optimizers(self) -> Any:
        optimiser = torch.optim.AdamW(self.parameters(), lr=0.01)
        schedule = torch.optim.lr_scheduler.StepLR(optimiser, 2, gamma=0.5)
        interval = self.hparams["interval"]
        return {
            "optimizer": optimiser,
            "lr_scheduler": {"scheduler": schedule, "interval": interval},
        }


class Points:
    """Batches from a generator of their own."""

    def __init__(self, n: int = 4) -> None:
        self.n, self.random = n, np.random.default_rng(0)

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[Tensor]:
        for _ in range(self.n):
            yield torch.from_numpy(self.random.normal(size=(6, 1)).astype(np.float32))

    def state_dict(self) -> dict[str, Any]:
        return dict(self.random.bit_generator.state)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.random.bit_generator.state = state


class KilledError(Exception):
    pass


class Kill(Callback):
    def __init__(self, epoch: int, batch: int) -> None:
        self.at = (epoch, batch)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if (trainer.current_epoch, batch_idx) == self.at:
            raise KilledError


def _weights(module: LightningModule) -> bytes:
    return b"".join(value.numpy().tobytes() for value in module.state_dict().values())


@pytest.mark.parametrize("interval", ["step", "epoch"])
@pytest.mark.parametrize("patience", [None, 4])
@pytest.mark.parametrize("batch", [0, 3])
def test_a_killed_training_goes_on_to_the_same_weights(
    tmp_path: Path, interval: str, patience: int | None, batch: int
) -> None:
    training = Training(accelerator="cpu", progress=False, patience=patience, accumulate=2)

    def fit(training: Training) -> tuple[bytes, Any]:
        seeded(0)
        module = Line(interval=interval)
        curves = training.fit(module, Points(), 9, resume=tmp_path / "state.ckpt")
        return _weights(module), curves

    straight = fit(training)
    (tmp_path / "state.ckpt").unlink()
    with pytest.raises(KilledError):
        fit(training.observed(callbacks=[Kill(2, batch)]))
    torch.load(tmp_path / "state.ckpt", weights_only=True)
    assert fit(training) == straight
    assert fit(training) == straight  # and once more, when all is done
    assert not list(tmp_path.glob("*.part"))


def test_shuffled_loaders_go_on_too(tmp_path: Path) -> None:
    points = torch.linspace(-1, 1, 24)[:, None]

    def fit(training: Training) -> bytes:
        seeded(0)
        module = Line()
        loader: Any = DataLoader(points, batch_size=6, shuffle=True)  # type: ignore[arg-type]
        training.observed(state=tmp_path / "kept").fit(module, loader, 5)
        return _weights(module)

    straight = fit(TRAINING)
    (tmp_path / "kept" / "Line.ckpt").unlink()
    with pytest.raises(KilledError):
        fit(TRAINING.observed(callbacks=[Kill(2, 1)]))
    assert fit(TRAINING) == straight


def test_curves_hold_the_loss_the_validation_and_what_is_measured() -> None:
    seeded(0)

    def measure(module: LightningModule) -> dict[str, float]:
        with torch.no_grad():
            return {"error": float(module.layers(torch.ones(1, 1)) - 3) ** 2}  # type: ignore[operator]

    watch = Watch("error", "min", measure)
    curves = TRAINING.fit(
        Line(dropout=0.0, interval="epoch"), Points(), 4, validation=Points(), watch=watch
    )
    assert [row["epoch"] for row in curves] == [0, 1, 2, 3]
    assert curves[-1]["loss"] < curves[0]["loss"]
    assert curves[-1]["val_loss"] < curves[0]["val_loss"]
    assert curves[-1]["error"] < curves[0]["error"]


def test_patience_ends_the_training_and_keeps_the_best_weights() -> None:
    values = iter([0.1, 0.5, 0.4, 0.3, 0.9])
    seen: list[bytes] = []

    def measure(module: LightningModule) -> dict[str, float]:
        assert not module.training
        seen.append(_weights(module))
        return {"found": next(values)}

    module = Line()
    training = Training(accelerator="cpu", progress=False, patience=2)
    curves = training.fit(module, Points(), 50, watch=Watch("found", "max", measure))
    assert [row["found"] for row in curves] == pytest.approx([0.1, 0.5, 0.4, 0.3])
    assert _weights(module) == seen[1]


def test_what_is_measured_rarely_is_measured_at_first_too() -> None:
    values = iter([0.5, 0.6, 0.4, 0.3])
    watch = Watch("found", "max", lambda m: {"found": next(values)}, every=4)
    training = Training(accelerator="cpu", progress=False, patience=2)
    curves = training.fit(Line(), Points(), 50, watch=watch)
    result = [0.5] * 3 + [0.6] * 4 + [0.4] * 4 + [0.3]
    assert [row["found"] for row in curves] == pytest.approx(result)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_training_that_is_stopped_says_so(number: signal.Signals) -> None:
    class Stop(Callback):
        def on_train_batch_end(self, *_: Any) -> None:
            signal.raise_signal(number)

    # Processes that are started in the background ignore it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            TRAINING.observed(callbacks=[Stop()]).fit(Line(), Points(), 3)
    finally:
        signal.signal(signal.SIGINT, before)  # Lightning ignores it from then on


def test_without_patience_the_last_weights_are_kept() -> None:
    values = iter([0.9, 0.1])
    module = Line()
    watch = Watch("found", "max", lambda m: {"found": next(values)})
    curves = TRAINING.fit(module, Points(), 2, watch=watch)
    assert curves[0]["found"] == pytest.approx(0.9)
    assert curves[1]["found"] == pytest.approx(0.1)


def test_loggers_and_callbacks_see_the_metrics_but_change_nothing(tmp_path: Path) -> None:
    class Look(Callback):
        def __init__(self) -> None:
            self.seen: list[float] = []

        def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
            self.seen.append(float(trainer.callback_metrics["loss"]))

    def fit(training: Training) -> bytes:
        seeded(0)
        module = Line()
        training.fit(module, Points(), 2)
        return _weights(module)

    look, logger = Look(), CSVLogger(tmp_path, name="", version="")
    observed = TRAINING.observed(logger=logger, callbacks=[look])
    assert fit(observed) == fit(TRAINING)
    assert observed == TRAINING
    assert len(look.seen) == 2
    assert "loss" in (tmp_path / "metrics.csv").read_text()


def test_accumulated_batches_make_the_step_of_one_large_batch() -> None:
    points = torch.linspace(-1, 1, 24)[:, None]

    def fit(training: Training, size: int) -> Tensor:
        seeded(0)
        module = Line(dropout=0.0, interval="epoch")
        loader: Any = DataLoader(points, batch_size=size)  # type: ignore[arg-type]
        training.fit(module, loader, 2)
        return torch.cat([value.flatten() for value in module.state_dict().values()])

    together = fit(TRAINING, 12)
    parts = fit(Training(accelerator="cpu", progress=False, accumulate=3), 4)
    torch.testing.assert_close(parts, together)


def test_every_device_has_batches_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    shares = []
    for rank in range(2):
        monkeypatch.setattr(torch.distributed, "get_rank", lambda rank=rank: rank)
        shares.append(list(DeviceBatches(range(5), 2)))
    assert shares == [[0, 2], [1, 3]]
    assert list(DeviceBatches([7], 2)) == [7]


@pytest.mark.slow
def test_two_devices_make_the_step_of_two_accumulated_batches() -> None:
    def fit(training: Training) -> tuple[Tensor, Any]:
        seeded(0)
        module = Line(dropout=0.0, interval="epoch")
        curves = training.fit(module, Points(), 3)
        return torch.cat([value.flatten() for value in module.state_dict().values()]), curves

    one, curves = fit(Training(accelerator="cpu", progress=False, accumulate=2))
    two, shared = fit(Training(accelerator="cpu", progress=False, devices=2))
    torch.testing.assert_close(two, one)
    losses = [[row["loss"] for row in rows] for rows in (curves, shared)]
    assert losses[1] == pytest.approx(losses[0])


@pytest.mark.parametrize("name", ["devices", "accumulate", "max_epochs", "patience"])
def test_numbers_below_one_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"{name} must be a whole number of at least 1.*, got 0"):
        replace(TRAINING, **{name: 0})  # type: ignore[arg-type]


def test_a_clip_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"clip must be a number above 0 or null, got 0"):
        Training(clip=0)


@pytest.mark.parametrize("damage", ["cut", "changed", "empty"])
def test_a_damaged_state_is_dropped_and_the_training_begins_anew(
    damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fit(training: Training) -> bytes:
        seeded(0)
        module = Line()
        training.fit(module, Points(), 5, resume=tmp_path / "state.ckpt")
        return _weights(module)

    straight = fit(TRAINING)
    (tmp_path / "state.ckpt").unlink()
    with pytest.raises(KilledError):
        fit(TRAINING.observed(callbacks=[Kill(2, 1)]))
    whole = (tmp_path / "state.ckpt").read_bytes()
    middle = whole.index(b"epoch")  # of the pickle; most of the file's middle is padding
    changed = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    damaged = {"cut": whole[:middle], "changed": changed, "empty": b""}[damage]
    (tmp_path / "state.ckpt").write_bytes(damaged)
    assert fit(TRAINING) == straight
    assert "the training begins anew" in caplog.text
    assert "goes on after" not in caplog.text


def test_a_training_that_goes_on_says_from_where(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="cytoweave")
    for training in (TRAINING.observed(callbacks=[Kill(2, 1)]), TRAINING):
        seeded(0)
        try:
            training.fit(Line(), Points(), 5, resume=tmp_path / "state.ckpt")
        except KilledError:
            assert "goes on" not in caplog.text
    assert "the training goes on after epoch 2" in caplog.text


def test_a_training_says_once_a_minute_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="cytoweave")
    monkeypatch.setattr(progress, "EVERY_S", 0.0)
    seeded(0)
    TRAINING.fit(Line(), Points(), 4)
    printed = [r.getMessage() for r in caplog.records if r.getMessage().startswith("training Line")]
    assert printed[0].startswith("training Line: epoch 1 of 4 after ")
    assert printed[-1].startswith("training Line: epoch 4 of 4 after ")
    assert printed[0].endswith("time left unknown")
