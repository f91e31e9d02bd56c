"""AdamW with a one-cycle learning-rate schedule."""

from __future__ import annotations

import torch
from pytorch_lightning import LightningModule
from pytorch_lightning.utilities.types import OptimizerLRScheduler


def one_cycle(module: LightningModule) -> OptimizerLRScheduler:
    """Build AdamW with a one-cycle learning rate over the whole training.

    Takes ``learning_rate`` and ``weight_decay`` from the module's hyperparameters.

    Source: Loshchilov & Hutter, ICLR 2019, doi:10.48550/arXiv.1711.05101; Smith & Topin, 2019,
    doi:10.1117/12.2520589.
    """
    rate, decay = module.hparams["learning_rate"], module.hparams["weight_decay"]
    optimiser = torch.optim.AdamW(module.parameters(), lr=rate, weight_decay=decay)
    steps = int(module.trainer.estimated_stepping_batches)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=rate, total_steps=steps)
    return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
