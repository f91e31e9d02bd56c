"""Checkpoints: trained weights in the store, or in a file with a checksum."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn

from ...errors import DataError, SettingError
from .callbacks import Curves

CHECKPOINT_FILE = "checkpoint.pt"


@dataclass(frozen=True)
class Checkpoint:
    """Weights of a trained module, with its hyperparameters and learning curves.

    Attributes:
        weights: Its ``state_dict``, on the CPU.
        settings: Its hyperparameters, plain values.
        held_out: Held-out proteins, sorted.
        curves: Logged values, one mapping per epoch.
    """

    weights: Mapping[str, Tensor]
    settings: Mapping[str, Any]
    held_out: tuple[str, ...] = ()
    curves: Curves = field(default_factory=list)

    @classmethod
    def of(
        cls, module: LightningModule, held_out: tuple[str, ...] = (), curves: Curves | None = None
    ) -> Checkpoint:
        """Take the weights of a module."""
        weights = {name: value.detach().cpu() for name, value in module.state_dict().items()}
        return cls(weights, dict(module.hparams), held_out, curves or [])

    @classmethod
    def read(cls, state: Mapping[str, Any], key: str) -> Checkpoint:
        """Interpret the result of `read_weights`.

        Raises:
            DataError: If it is not a checkpoint of `save`.
        """
        missing = [name for name in ("weights", "settings", "held_out") if name not in state]
        if missing:
            raise DataError(
                f"{key}: the file holds no {missing[0]}, so `cytoweave train` did not write it "
                f"(it holds {', '.join(sorted(map(str, state))[:4])} ..)."
            )
        return cls(state["weights"], state["settings"], tuple(state["held_out"]))

    def save(self, folder: Path) -> None:
        """Write ``checkpoint.pt``, which ``torch.load`` reads as plain values, and the curves."""
        state = {
            "weights": dict(self.weights),
            "settings": dict(self.settings),
            "held_out": list(self.held_out),
        }
        torch.save(state, folder / CHECKPOINT_FILE)
        self.curve_table().to_csv(folder / "curves.tsv", sep="\t", index=False)

    @classmethod
    def load(cls, folder: Path) -> Checkpoint:
        """Read what `save` wrote."""
        checkpoint = cls.read(torch.load(folder / CHECKPOINT_FILE, weights_only=True), str(folder))
        curves = pd.read_csv(folder / "curves.tsv", sep="\t").to_dict("records")
        return cls(checkpoint.weights, checkpoint.settings, checkpoint.held_out, curves)  # type: ignore[arg-type]

    def curve_table(self) -> pd.DataFrame:
        """Return one row per epoch."""
        return pd.DataFrame(self.curves or None, columns=None if self.curves else ["epoch"])


def read_weights(key: str, path: Path, sha256: str) -> dict[str, object]:
    """Read a file of weights with a known checksum; no code in it is executed.

    Args:
        key: Config key of the file, for messages.
        path: The file.
        sha256: What ``sha256sum`` prints of it.

    Raises:
        DataError: If the file is missing, its checksum differs, or it has more than plain values.
    """
    if not path.is_file():
        raise DataError(f"{key}: there is no file {path}.")
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != sha256.lower():
        raise DataError(
            f"{key}: {path.name} has the sha256 {digest}, but {sha256} was stated; it is another "
            "file, or damaged."
        )
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # reading a damaged file raises many classes
        raise DataError(
            f"{key}: {path.name} is no file of weights alone: it is damaged, of another kind, or "
            f"holds more than a state_dict; download it again, or save its state_dict."
        ) from error
    if not isinstance(state, Mapping):
        raise DataError(f"{key}: {path.name} holds a {type(state).__name__}, not named weights.")
    return dict(state)


def check_stated(checkpoint: str | None, sha256: str | None) -> None:
    """Raise a `SettingError` if only one of file and checksum is given."""
    if (checkpoint is None) != (sha256 is None):
        given, absent = ("checkpoint", "sha256") if sha256 is None else ("sha256", "checkpoint")
        raise SettingError(given, f"needs {absent} beside it; `sha256sum FILE` prints a checksum.")


def fill(module: nn.Module, weights: Mapping[str, Tensor], key: str) -> None:
    """Load weights into a module.

    Raises:
        DataError: If one is missing, unexpected or of another shape.
    """
    wanted = module.state_dict()
    for name in wanted:
        if name not in weights:
            raise DataError(f"{key}: the weights '{name}' are missing; it is another network's.")
    for name, value in weights.items():
        if name not in wanted:
            raise DataError(f"{key}: the weights '{name}' are unknown; it is another network's.")
        if value.shape != wanted[name].shape:
            raise DataError(
                f"{key}: '{name}' has the shape {tuple(value.shape)}, but "
                f"{tuple(wanted[name].shape)} is wanted; it is another network's."
            )
    module.load_state_dict(dict(weights))
