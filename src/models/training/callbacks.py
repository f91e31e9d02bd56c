"""Training callbacks: validation metrics, progress, best weights and resumable checkpoints."""

from __future__ import annotations

import logging
import random
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback, Checkpoint
from torch import Tensor

from ...terminal.progress import Minutes

LOG = logging.getLogger("cytoweave")

Curves = list[dict[str, float]]
"""Logged values, one mapping per epoch, with its number under ``epoch``."""

LOSS = "loss"
"""Name of the mean training loss of an epoch."""


@dataclass(frozen=True)
class Watch:
    """A validation metric.

    Attributes:
        monitor: Name of a metric that the module logs or `measure` returns, or ``loss``.
        mode: Whether larger (``max``) or smaller is better.
        measure: Returns metrics of the module, which is in evaluation mode and on its device.
        every: Epochs between measurements; the first epoch is always measured.
    """

    monitor: str
    mode: Literal["min", "max"]
    measure: Callable[[pl.LightningModule], Mapping[str, float]] | None = None
    every: int = 1

    def better(self, value: float, than: float | None) -> bool:
        """Return whether a value is better than another, or the first one."""
        return than is None or (value > than if self.mode == "max" else value < than)


class EveryMinute(Callback):
    """Logs the progress of a training once a minute."""

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs
        self._minutes, self._first = Minutes(), 0

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock; epochs before an interruption do not count."""
        self._minutes, self._first = Minutes(), trainer.current_epoch

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: object
    ) -> None:
        """Log the epoch and the remaining time, if due."""
        here = trainer.current_epoch - self._first
        name = type(pl_module).__name__
        self._minutes.log(
            f"training {name}: epoch {trainer.current_epoch + 1} of {self.epochs}",
            here / max(self.epochs - self._first, 1),
        )


class LogMetrics(Callback):
    """Logs the mean loss of every epoch, and the metrics of a `Watch`."""

    def __init__(self, watch: Watch | None) -> None:
        self.watch = watch
        self._sum: Tensor | float = 0.0
        self._batches = 0
        self._last: Mapping[str, float] = {}

    def state_dict(self) -> dict[str, object]:
        """Return the last measurement."""
        return {"last": dict(self._last)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state of an interrupted run."""
        self._last = state_dict["last"]

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Reset the running mean."""
        self._sum, self._batches = 0.0, 0

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: object,
        batch: object,
        batch_idx: int,
    ) -> None:
        """Add the batch's loss."""
        loss = outputs[LOSS] if isinstance(outputs, Mapping) else outputs
        if isinstance(loss, Tensor):
            # Lightning has divided it by the number of accumulated batches.
            self._sum = self._sum + loss.detach() * trainer.accumulate_grad_batches
            self._batches += 1

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Log the mean loss and the metrics."""
        if self._batches:
            pl_module.log(LOSS, self._sum / self._batches, sync_dist=trainer.world_size > 1)
        if self.watch is None or self.watch.measure is None:
            return
        last = trainer.current_epoch + 1 == trainer.max_epochs
        if not self._last or (trainer.current_epoch + 1) % self.watch.every == 0 or last:
            pl_module.eval()
            self._last = self.watch.measure(pl_module)
            pl_module.train()
        for name, value in self._last.items():
            pl_module.log(name, value)


class Keeper(Checkpoint):
    """Keeps learning curves, the best weights, and a checkpoint to resume the training.

    Lightning's own checkpoints have weights, optimiser and schedule; this adds the random states of
    torch, Python and the batches, so that a resumed training is identical.

    Args:
        batches: Their state is kept if they have ``state_dict`` and ``load_state_dict``.
        watch: Metric by which the best weights are chosen; None keeps none.
        path: Checkpoint file; None for no file.
    """

    def __init__(self, batches: object, watch: Watch | None, path: Path | None) -> None:
        self.batches, self.watch, self.path = batches, watch, path
        self.curves: Curves = []
        self.best: dict[str, Tensor] = {}
        self._best_value: float | None = None
        self._stopped = False

    def state_dict(self) -> dict[str, object]:
        """Return the state, as plain values and tensors."""
        return {
            "curves": self.curves,
            "best": self.best,
            "best_value": self._best_value,
            "stopped": self._stopped,
            "random": _random_state(self.batches),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state of an interrupted run, including random generators.

        Lightning calls this before the first batch is loaded.
        """
        self._take(state_dict)
        _set_random_state(state_dict["random"], self.batches)

    def read(self, path: Path | None) -> None:
        """Read the state that other processes of this training have written."""
        if path is not None:
            states = torch.load(path, map_location="cpu", weights_only=True)["callbacks"]
            self._take(states[self.state_key])

    def _take(self, kept: Mapping[str, Any]) -> None:
        self.curves, self.best = kept["curves"], kept["best"]
        self._best_value, self._stopped = kept["best_value"], kept["stopped"]

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Stop a training that had ended already."""
        trainer.should_stop = trainer.should_stop or self._stopped

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Keep the epoch's metrics, the weights if they are the best, and the checkpoint."""
        metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
        self.curves.append({"epoch": float(trainer.current_epoch), **metrics})
        if self.watch is not None:
            value = metrics[self.watch.monitor]
            if self.watch.better(value, self._best_value):
                self._best_value = value
                self.best = {k: v.detach().cpu().clone() for k, v in pl_module.state_dict().items()}
        self._stopped = trainer.should_stop
        if self.path is not None:
            unfinished = self.path.with_name(f"{self.path.name}.part")
            trainer.save_checkpoint(unfinished)
            if trainer.is_global_zero:
                unfinished.replace(self.path)


def sound_state(path: Path) -> Path | None:
    """Return the checkpoint file if it exists and is intact; a damaged one is deleted."""
    if not path.exists():
        return None
    try:
        with zipfile.ZipFile(path) as packed:
            cut = packed.testzip()
        state = torch.load(path, map_location="cpu", weights_only=True) if not cut else {}
        LOG.info("the training goes on after epoch %d", state["epoch"] + 1)
    except Exception as error:  # zipfile, pickle and torch raise different classes
        LOG.warning("%s is damaged (%s); the training begins anew", path, type(error).__name__)
        path.unlink()
        return None
    return path


def _random_state(batches: object) -> dict[str, object]:
    state: dict[str, object] = {"torch": torch.get_rng_state(), "python": random.getstate()}
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state_all()
    if hasattr(batches, "state_dict"):
        state["batches"] = batches.state_dict()
    return state


def _set_random_state(state: Mapping[str, Any], batches: Any) -> None:
    torch.set_rng_state(state["torch"].cpu())
    random.setstate(state["python"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state_all([one.cpu() for one in state["cuda"]])
    if "batches" in state:
        batches.load_state_dict(state["batches"])
