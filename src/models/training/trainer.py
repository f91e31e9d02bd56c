"""Training of modules with the PyTorch Lightning trainer."""

from __future__ import annotations

import copy
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback, EarlyStopping
from pytorch_lightning.loggers import Logger
from pytorch_lightning.strategies import StrategyRegistry
from torch.utils.data import DataLoader

from ...errors import SettingError
from ...nodes.ranges import AtLeastOne, Positive, checked
from .callbacks import Curves, EveryMinute, Keeper, LogMetrics, Watch, sound_state
from .device_batches import per_device

__all__ = ["Training", "Watch", "seeded"]

Precision = Literal["64-true", "32-true", "16-true", "bf16-true", "16-mixed", "bf16-mixed"]
"""Lightning's names of arithmetics."""

Accelerator = Literal["auto", "cpu", "gpu", "cuda", "mps", "tpu"]
"""Lightning's names of device kinds."""

THREADS = torch.get_num_threads()
"""Of torch, as the process began. Numba's pool raises OpenMP's number of threads within the process
(numba 0.6x, torch 2.13), and sums of another number of threads round otherwise."""


@dataclass(frozen=True)
class Observers:
    """Observers of a training, which cannot change the weights.

    Attributes:
        logger: A Lightning logger, or None.
        callbacks: Lightning callbacks; one may end the training by raising.
        state: Folder of a checkpoint per training, written after every epoch, so that interrupted
            trainings can be resumed; None for none.
    """

    logger: Logger | None = None
    callbacks: tuple[Callback, ...] = ()
    state: Path | None = None


@checked
@dataclass(frozen=True)
class Training:
    """Training settings: devices, precision, epochs, early stopping.

    Args:
        accelerator: Lightning's name of the device kind: ``cpu``, ``gpu``, ``auto``.
        devices: Number of devices; each takes its share of the batches, so that a step has
            `devices` batches.
        strategy: Lightning's strategy for several devices; ``auto`` starts one process per device.
        precision: Lightning's precision, e.g. ``32-true``, ``bf16-mixed``.
        accumulate: Gradient accumulation: batches per step, >= 1.
        clip: Gradient clipping: maximum norm, > 0; None for no limit.
        max_epochs: Maximum number of epochs, > 0; None for each method's own number.
        patience: Early stopping: end the training when its validation metric has not improved for
            this number of measurements, and keep the best weights; None trains to the end and
            keeps the last.
        progress: Show a progress bar where standard error is a terminal.

    Raises:
        ConfigError: If a number is out of its range, or Lightning has no strategy of that name.
    """

    accelerator: Accelerator = "auto"
    devices: AtLeastOne = 1
    strategy: str = "auto"
    precision: Precision = "32-true"
    accumulate: AtLeastOne = 1
    clip: Positive | None = None
    max_epochs: AtLeastOne | None = None
    patience: AtLeastOne | None = None
    progress: bool = True
    _observers: Observers = field(default=Observers(), init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = ["auto", *StrategyRegistry.available_strategies()]
        if self.strategy not in known:
            names = ", ".join(known)
            raise SettingError("strategy", f"must be one of {names}, got {self.strategy!r}.")

    def check_devices(self) -> None:
        """Refuse devices that this machine lacks, before any work.

        Raises:
            SettingError: If there is no device of that kind, or there are too few.
        """
        if self.accelerator in ("gpu", "cuda") and not torch.cuda.is_available():
            rule = f"is {self.accelerator}, but torch finds no GPU here; set it to cpu or auto."
            raise SettingError("accelerator", rule)
        most = torch.cuda.device_count() if self.device().type == "cuda" else os.cpu_count() or 1
        if self.devices > most:
            kind = "GPUs" if self.device().type == "cuda" else "cores"
            raise SettingError("devices", f"must be at most {most}, the {kind} of this machine.")

    def observed(
        self,
        *,
        logger: Logger | None = None,
        callbacks: Sequence[Callback] = (),
        state: Path | None = None,
    ) -> Training:
        """Return the same training with further observers; they are not part of the config.

        Args:
            logger: See `Observers`; None keeps the present one.
            callbacks: Added to the present ones.
            state: See `Observers`; None keeps the present one.
        """
        now, copied = self._observers, copy.copy(self)
        seen = Observers(
            now.logger if logger is None else logger,
            (*now.callbacks, *callbacks),
            now.state if state is None else state,
        )
        object.__setattr__(copied, "_observers", seen)
        return copied

    def in_subfolder(self, name: str) -> Training:
        """Return the same training with a checkpoint folder of its own, below the present one.

        Needed for several trainings of the same module in one result, to resume each from its own
        checkpoint.
        """
        state = self._observers.state
        return self if state is None else self.observed(state=state / name)

    def capped_epochs(self, epochs: int) -> int:
        """Return the number of epochs after applying `max_epochs`."""
        return min(epochs, self.max_epochs or epochs)

    def device(self) -> torch.device:
        """Return the device for inference: a GPU if allowed and available."""
        wanted = self.accelerator in ("auto", "gpu", "cuda")
        return torch.device("cuda" if wanted and torch.cuda.is_available() else "cpu")

    def autocast(self, device: torch.device) -> AbstractContextManager[object]:
        """Return the mixed-precision context for inference."""
        kinds = {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}
        kind = kinds.get(str(self.precision))
        return nullcontext() if kind is None else torch.autocast(device.type, kind)

    def fit(
        self,
        module: pl.LightningModule,
        batches: Iterable[object],
        epochs: int,
        *,
        validation: Iterable[object] | None = None,
        watch: Watch | None = None,
        resume: Path | None = None,
    ) -> Curves:
        """Train `module` in place on `batches` for `epochs` (or `max_epochs` if fewer).

        The caller seeds: `seeded` below covers both the module's initial weights and this. With the
        checkpoint of an interrupted training, it resumes after the last whole epoch and ends with
        the same weights as without the interruption. That needs batches with ``state_dict`` and
        ``load_state_dict``, or a DataLoader; with others it starts anew.

        Args:
            module: On the CPU and in evaluation mode afterwards.
            batches: One iteration is an epoch.
            epochs: Number of epochs.
            validation: Batches for the module's ``validation_step``, after every epoch.
            watch: Validation metric, used with `patience` for early stopping.
            resume: Checkpoint file, written after every epoch and read if it exists; by default
                named after the module in the observers' folder, if any.

        Returns:
            The logged values, one mapping per epoch.

        Raises:
            KeyboardInterrupt: If SIGINT or SIGTERM ended it.
        """
        if self.patience is not None and watch is None:
            watch = Watch("loss", "min")
        with self._state(module, resume) as state:
            keeper = Keeper(batches, watch if self.patience is not None else None, state)
            metrics = LogMetrics(watch)
            callbacks = [
                EveryMinute(self.capped_epochs(epochs)),
                metrics,  # before those that use its metrics
                *self._observers.callbacks,
                *self._stopping(watch),
                keeper,
            ]
            trainer = self._trainer(epochs, callbacks, validation)
            goes_on = isinstance(batches, DataLoader) or hasattr(batches, "state_dict")
            resumed = sound_state(state) if goes_on and state is not None else None
            try:
                with quiet():
                    trainer.fit(
                        module, per_device(batches, self.devices), validation, ckpt_path=resumed
                    )
            except SystemExit as stopped:  # Lightning's reaction to SIGINT and SIGTERM
                raise KeyboardInterrupt from stopped
            if self.devices > 1:
                keeper.read(state)  # state written by the processes of the devices
        if keeper.best:
            module.load_state_dict(keeper.best)
        module.cpu().eval()
        return keeper.curves

    def _trainer(
        self, epochs: int, callbacks: list[Callback], validation: Iterable[object] | None
    ) -> pl.Trainer:
        with quiet():
            return pl.Trainer(
                accelerator=self.accelerator,
                devices=self.devices,
                # Lightning's default restarts the command, which would wait for its own result.
                strategy="ddp_spawn"
                if self.devices > 1 and self.strategy == "auto"
                else self.strategy,
                precision=self.precision,
                accumulate_grad_batches=self.accumulate,
                gradient_clip_val=self.clip,
                max_epochs=self.capped_epochs(epochs),
                num_sanity_val_steps=0,
                limit_val_batches=0 if validation is None else None,
                deterministic="warn",
                logger=self._observers.logger or False,
                log_every_n_steps=1,
                callbacks=callbacks,
                enable_checkpointing=True,
                enable_model_summary=False,
                enable_progress_bar=self.progress and sys.stderr.isatty(),
            )

    def _stopping(self, watch: Watch | None) -> list[Callback]:
        if watch is None or self.patience is None:
            return []
        patience = self.patience * watch.every
        return [
            EarlyStopping(
                watch.monitor, mode=watch.mode, patience=patience, check_on_train_epoch_end=True
            )
        ]

    @contextmanager
    def _state(self, module: pl.LightningModule, resume: Path | None) -> Iterator[Path | None]:
        """Give the checkpoint file of the training, if any."""
        folder = self._observers.state
        if resume is None and folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            resume = folder / f"{type(module).__name__}.ckpt"
        if resume is not None or self.devices == 1:
            yield resume
            return
        with tempfile.TemporaryDirectory() as passing:
            yield Path(passing) / "state.ckpt"


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress Lightning's messages about intended settings."""
    with warnings.catch_warnings():
        # Lightning 2.6 advises workers for data that are in memory already.
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        # Lightning 2.6 uses a name that torch 2.13 renamed.
        warnings.filterwarnings("ignore", message=".*LeafSpec.*")
        # Validation is optional.
        warnings.filterwarnings("ignore", message=".*no `val_dataloader`.*")
        yield


def seeded(seed: int) -> None:
    """Seed Python, NumPy and torch for what follows."""
    for name in ("lightning.fabric", "pytorch_lightning"):  # no advertisements in the output
        logging.getLogger(name).setLevel(logging.WARNING)
    pl.seed_everything(seed, workers=True, verbose=False)
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Only exposes code that reads memory it never wrote, at a fifth of a training step's time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
