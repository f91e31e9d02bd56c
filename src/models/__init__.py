"""Encoders that turn measurements into vectors, and fusion of several measurements."""

from ..image_contract import ImageContract
from .concat import Concat
from .fusion import TrainedFusion
from .fusion_autoencoder import FusionAutoencoder
from .graph_autoencoder import GraphAutoencoder
from .graph_encoder import TrainedGraphEncoder
from .image_encoder import TrainedImageEncoder
from .image_location_classifier import LocationClassifier
from .image_masked_autoencoder import MaskedAutoencoder
from .image_protein_contrast import ProteinContrast
from .image_simclr import ImageContrast
from .image_vicreg import ImageVICReg
from .netmf import NetMF
from .node2vec import Node2Vec
from .skip_gram import SkipGram
from .training import Training

__all__ = [
    "Concat",
    "FusionAutoencoder",
    "GraphAutoencoder",
    "ImageContract",
    "ImageContrast",
    "ImageVICReg",
    "LocationClassifier",
    "MaskedAutoencoder",
    "NetMF",
    "Node2Vec",
    "ProteinContrast",
    "SkipGram",
    "TrainedFusion",
    "TrainedGraphEncoder",
    "TrainedImageEncoder",
    "Training",
]
