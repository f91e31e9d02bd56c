"""The verb ``train``: train an encoder on a data set."""

from __future__ import annotations

from ..nodes.build import Settings
from ..studies.encoder_training import TrainingResult
from ..studies.encoder_training import train as train_encoder
from ..terminal.console import console, show, show_paths
from .run_folder import folder_if_named, out_folder
from .settings import load, store_of


def train(overrides: list[str]) -> None:
    """Weights of an encoder, trained on a data set, and their held-out accuracy."""
    settings = load("train", overrides)
    settings["out"] = str(out_folder(settings))
    result = make_training(settings)
    if result.scores.metrics:
        count = result.scores.metrics[f"{settings['reference']}.unseen.knn_proteins"]
        title = f"Location accuracy on {count:.0f} held-out proteins (nearest neighbours)"
        show(title, result.comparison())
    place = out_folder(settings)
    if result.checkpoint:
        show_paths([("weights", place / "checkpoint.pt"), ("curves", place / "curves.tsv")])
        console.print(f"sha256 {result.sha256}")
    else:
        show_paths([("vectors", place / "embedding.tsv.gz")])


def make_training(settings: Settings) -> TrainingResult:
    """Train an encoder; write the weights if ``out`` is set."""
    with folder_if_named(settings) as folder:
        result = train_encoder(settings, store_of(settings))
        if folder:
            result.write(folder)
    return result
