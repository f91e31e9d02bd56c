"""What stands between a backbone's vectors and a loss, and optimisers of them."""

from __future__ import annotations

from typing import Any

import torch
from pytorch_lightning import LightningModule
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import nn

from ..errors import ConfigError


def projector(dim: int, width: int) -> nn.Module:
    """Build the map into the space in which a loss compares: ``(B, dim)`` -> ``(B, width)``.

    The vectors in front of it keep what the loss would have them forget; they are the better
    embedding.

    Source: Chen et al., ICML 2020, section 4.2, doi:10.48550/arXiv.2002.05709.
    """
    return nn.Sequential(nn.ReLU(), nn.Linear(dim, width))


def expander(dim: int, width: int) -> nn.Module:
    """Build two layers into a wide space: ``(B, dim)`` -> ``(B, width)``."""
    return nn.Sequential(
        nn.ReLU(), nn.Linear(dim, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, width)
    )


def classifier(dim: int, classes: int, dropout: float) -> nn.Module:
    """Build one logit per class: ``(B, dim)`` -> ``(B, classes)``."""
    return nn.Sequential(nn.ReLU(), nn.Dropout(dropout), nn.Linear(dim, classes))


def one_cycle(module: LightningModule) -> OptimizerLRScheduler:
    """Build AdamW with a rising, then falling rate over the whole training.

    Takes ``learning_rate`` and ``weight_decay`` from the module's hyperparameters.

    Source: Loshchilov & Hutter, ICLR 2019, doi:10.48550/arXiv.1711.05101; Smith & Topin, 2019,
    doi:10.1117/12.2520589.
    """
    rate, decay = module.hparams["learning_rate"], module.hparams["weight_decay"]
    optimiser = torch.optim.AdamW(module.parameters(), lr=rate, weight_decay=decay)
    steps = int(module.trainer.estimated_stepping_batches)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=rate, total_steps=steps)
    return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def check_optimiser(learning_rate: float, weight_decay: float) -> None:
    """Raise a `ConfigError` unless the numbers are in range."""
    check(learning_rate > 0, "learning_rate", "above 0", learning_rate)
    check(weight_decay >= 0, "weight_decay", "at least 0", weight_decay)


def check(good: bool, name: str, allowed: str, value: Any) -> None:
    """Raise a `ConfigError` about an argument of an image objective unless it is good."""
    if not good:
        raise ConfigError(f"image_encoder.module.{name} must be {allowed}, got {value}.")
