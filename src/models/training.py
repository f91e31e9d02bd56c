"""How modules are trained: one place that knows the Lightning trainer."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytorch_lightning as pl
import torch

from ..errors import ConfigError


@dataclass(frozen=True)
class Training:
    """Where and for how long modules are trained.

    Args:
        accelerator: Lightning's name of the device kind: ``cpu``, ``gpu``, ``auto``.
        devices: How many of them.
        precision: Lightning's name of the arithmetic, e.g. ``32-true``, ``bf16-mixed``.
        max_epochs: At most this many epochs, > 0; None lets each method keep its own number.
        progress: Show a progress bar.

    Raises:
        ConfigError: If `devices` or `max_epochs` is below 1.
    """

    accelerator: str = "auto"
    devices: int = 1
    precision: Any = "32-true"
    max_epochs: int | None = None
    progress: bool = True

    def __post_init__(self) -> None:
        if self.devices < 1:
            raise ConfigError(f"trainer.devices must be at least 1, got {self.devices}.")
        if self.max_epochs is not None and self.max_epochs < 1:
            raise ConfigError(f"trainer.max_epochs must be at least 1, got {self.max_epochs}.")

    def fit(self, module: pl.LightningModule, batches: Iterable[Any], epochs: int) -> None:
        """Train `module` in place on `batches` for `epochs` (or `max_epochs` if fewer).

        The caller seeds: `seeded` below covers both the module's first weights and this.
        """
        trainer = pl.Trainer(
            accelerator=self.accelerator,
            devices=self.devices,
            precision=self.precision,
            max_epochs=min(epochs, self.max_epochs or epochs),
            deterministic=True,
            logger=False,
            enable_checkpointing=False,
            enable_model_summary=False,
            enable_progress_bar=self.progress,
        )
        with warnings.catch_warnings():
            # Lightning 2.6 advises workers for data that already lies in memory.
            warnings.filterwarnings("ignore", message=".*does not have many workers.*")
            # Lightning 2.6 uses a name that torch 2.13 renamed.
            warnings.filterwarnings("ignore", message=".*LeafSpec.*")
            trainer.fit(module, batches)
        module.cpu().eval()


def seeded(seed: int) -> None:
    """Seed Python, NumPy and torch for what follows."""
    for name in ("lightning.fabric", "pytorch_lightning"):  # no advertisements among the results
        logging.getLogger(name).setLevel(logging.WARNING)
    pl.seed_everything(seed, workers=True, verbose=False)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Only exposes code that reads memory it never wrote, at a fifth of a training step's time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
