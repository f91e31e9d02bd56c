"""Encoders that turn measurements into vectors, and fusion of several measurements."""

from ..image_contract import ImageContract
from .concat import Concat
from .fusion import TrainedFusion
from .fusion_autoencoder import FusionAutoencoder
from .image_encoder import TrainedImageEncoder
from .image_objectives import LocationClassifier, ProteinContrast
from .netmf import NetMF
from .training import Training

__all__ = [
    "Concat",
    "FusionAutoencoder",
    "ImageContract",
    "LocationClassifier",
    "NetMF",
    "ProteinContrast",
    "TrainedFusion",
    "TrainedImageEncoder",
    "Training",
]
