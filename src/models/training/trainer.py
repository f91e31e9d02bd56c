"""How modules are trained: one place that knows the Lightning trainer."""

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
from .callbacks import Curves, EveryMinute, Figures, Keeper, Watch, sound_state
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
    """What follows a training from outside and cannot change what it learns.

    Attributes:
        logger: A Lightning logger, or None.
        callbacks: Lightning callbacks; one may end the training by raising.
        state: Folder in which the state of each training is kept after every epoch, so that one
            that was interrupted goes on; None keeps none.
    """

    logger: Logger | None = None
    callbacks: tuple[Callback, ...] = ()
    state: Path | None = None


@checked
@dataclass(frozen=True)
class Training:
    """Where, how precisely and for how long modules are trained.

    Args:
        accelerator: Lightning's name of the device kind: ``cpu``, ``gpu``, ``auto``.
        devices: How many of them; each takes its share of the batches, so that a step sees
            `devices` batches.
        strategy: Lightning's name of the way devices share the work; ``auto`` starts one process
            per device.
        precision: Lightning's name of the arithmetic, e.g. ``32-true``, ``bf16-mixed``.
        accumulate: Batches whose gradients make one step, >= 1.
        clip: Largest norm of a gradient, > 0; None for no limit.
        max_epochs: At most this many epochs, > 0; None lets each method keep its own number.
        patience: End the training once its watched figure has not become better for so many
            measurements, and keep the best weights; None trains to the end and keeps the last.
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
        """Refuse devices that this machine lacks, before any work; another one may have them.

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
        """Return the same training with further observers; none of them is part of the config.

        Args:
            logger: See `Observers`; None keeps the present one.
            callbacks: Join those that are there.
            state: See `Observers`; None keeps the present one.
        """
        now, found = self._observers, copy.copy(self)
        seen = Observers(
            now.logger if logger is None else logger,
            (*now.callbacks, *callbacks),
            now.state if state is None else state,
        )
        object.__setattr__(found, "_observers", seen)
        return found

    def in_subfolder(self, name: str) -> Training:
        """Return the same training with a folder of its own below that of its state, if it has one.

        Trainings of one kind of module that are part of one result need it, to go on each from its
        own state.
        """
        state = self._observers.state
        return self if state is None else self.observed(state=state / name)

    def capped_epochs(self, epochs: int) -> int:
        """Return how many epochs a training that asks for `epochs` has at most."""
        return min(epochs, self.max_epochs or epochs)

    def device(self) -> torch.device:
        """Return the device that embeds what was trained: a GPU where one may be used."""
        wanted = self.accelerator in ("auto", "gpu", "cuda")
        return torch.device("cuda" if wanted and torch.cuda.is_available() else "cpu")

    def autocast(self, device: torch.device) -> AbstractContextManager[object]:
        """Return the context of this arithmetic outside of a training."""
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

        The caller seeds: `seeded` below covers both the module's first weights and this. With the
        state of an interrupted training at hand, it goes on after the last whole epoch and ends
        with the same weights as if it had not been interrupted. That needs batches that have
        ``state_dict`` and ``load_state_dict``, or a DataLoader; with others it begins again.

        Args:
            module: On the CPU and in evaluation mode afterwards.
            batches: One iteration is an epoch.
            epochs: How many.
            validation: Batches for the module's ``validation_step``, after every epoch.
            watch: What is measured after epochs, and decides with `patience` when to end.
            resume: File of the training's state, kept after every epoch and read if it is there;
                by default named after the module in the observers' folder, if there is one.

        Returns:
            What was logged, one mapping per epoch.

        Raises:
            KeyboardInterrupt: If SIGINT or SIGTERM ended it.
        """
        if self.patience is not None and watch is None:
            watch = Watch("loss", "min")
        with self._state(module, resume) as state:
            keeper = Keeper(batches, watch if self.patience is not None else None, state)
            figures = Figures(watch)
            callbacks = [
                EveryMinute(self.capped_epochs(epochs)),
                figures,  # before those that see what it logs
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
            except SystemExit as stopped:  # what Lightning makes of SIGINT and SIGTERM
                raise KeyboardInterrupt from stopped
            if self.devices > 1:
                keeper.read(state)  # what the processes of the devices have kept
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
                # Lightning's own choice starts the command again, which waits for its own result.
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
        """Give the file that holds the training's state, if any is to be kept."""
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
    """Hold back what Lightning says of things that are meant."""
    with warnings.catch_warnings():
        # Lightning 2.6 advises workers for data that already lies in memory.
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        # Lightning 2.6 uses a name that torch 2.13 renamed.
        warnings.filterwarnings("ignore", message=".*LeafSpec.*")
        # A module that can be validated need not be.
        warnings.filterwarnings("ignore", message=".*no `val_dataloader`.*")
        yield


def seeded(seed: int) -> None:
    """Seed Python, NumPy and torch for what follows."""
    for name in ("lightning.fabric", "pytorch_lightning"):  # no advertisements among the results
        logging.getLogger(name).setLevel(logging.WARNING)
    pl.seed_everything(seed, workers=True, verbose=False)
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Only exposes code that reads memory it never wrote, at a fifth of a training step's time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
