"""Training of an encoder."""

from __future__ import annotations

from ..studies.encoder_training import TrainingResult
from ..verbs.train import make_training
from .given import Place
from .session import session
from .settings import Modalities, References, settings_of, with_data


def train(
    *,
    modalities: Modalities | None = None,
    references: References | None = None,
    out: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> TrainingResult:
    """Train the encoder of one modality and evaluate it on held-out proteins.

    Takes what `run` takes, and the settings of ``cytoweave train``.
    """
    with session(verbose):
        given = with_data(settings, modalities, references)
        return make_training(settings_of("train", given | {"out": out}))
