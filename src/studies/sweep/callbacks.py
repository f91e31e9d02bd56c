"""Training callbacks of a study: record learning curves, and prune poor trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import optuna
import pytorch_lightning as pl
from optuna.trial import Trial
from pytorch_lightning.callbacks import Callback

from ..tracking import Record
from .pruning import Pruning


class Curves(Callback):
    """Records the logged values of every epoch with the experiment tracker."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Record the metrics of the epoch, under the module's name."""
        name = type(pl_module).__name__
        metrics = {f"{name}/{key}": float(v) for key, v in trainer.callback_metrics.items()}
        if metrics:
            self.record.step(metrics | {f"{name}/epoch": float(trainer.current_epoch)})


@dataclass
class Prune(Callback):
    """Prunes a training that is among the poorest of its study at an epoch.

    What is compared is the mean over an epoch of terms that the training step returns. Those named
    by `Pruning.terms` are meant to be the same in all trials: a loss whose weights are searched is
    not, its unweighted terms are. A module that returns none of them is never ended.

    Attributes:
        pruning: Which trials are ended.
        trial: That this training belongs to; gets the value of every epoch.
        study: Whose other trials it is compared with.
    """

    pruning: Pruning
    trial: Trial
    study: optuna.Study
    _sums: list[float] = field(default_factory=list)
    _epochs: int = 0

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: object,
        batch: object,
        batch_idx: int,
    ) -> None:
        """Add the batch's terms to the epoch's mean."""
        if isinstance(outputs, Mapping):
            values = [
                float(outputs[name].detach()) for name in self.pruning.terms if name in outputs
            ]
            if values:
                self._sums.append(sum(values))

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Report the epoch, and prune the trial if it is poor.

        Raises:
            TrialPruned: If it is pruned.
        """
        if not self._sums:
            return
        value, epoch = sum(self._sums) / len(self._sums), self._epochs
        self._sums.clear()
        self._epochs += 1
        self.trial.report(value, epoch)
        others = [t for t in self.study.get_trials(deepcopy=False) if t.number != self.trial.number]
        if self.pruning.poor_training(epoch, value, others):
            left = (trainer.max_epochs or 0) - trainer.current_epoch - 1
            raise optuna.TrialPruned(f"poor after epoch {epoch}, {left} epochs before the end")
