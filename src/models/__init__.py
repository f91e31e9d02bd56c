"""Encoders that turn measurements into vectors, and fusion of several measurements."""

from ..image_contract import ImageContract
from .closed_forms import Cca, Pca, Single
from .concat import Concat
from .fusion import TrainedFusion
from .fusion_autoencoder import FusionAutoencoder
from .fusion_muse import MuseNetwork
from .fusion_projector import ProjectorNetwork
from .graph_autoencoder import GraphAutoencoder
from .graph_encoder import TrainedGraphEncoder
from .hpa_densenet import HPADenseNet
from .image_encoder import TrainedImageEncoder
from .image_location_classifier import LocationClassifier
from .image_masked_autoencoder import MaskedAutoencoder
from .image_protein_contrast import ProteinContrast
from .image_simclr import ImageContrast
from .image_vicreg import ImageVICReg
from .muse import Muse
from .netmf import NetMF
from .node2vec import Node2Vec
from .projector import Projector
from .published_encoder import PublishedImageEncoder
from .skip_gram import SkipGram
from .subcell_vit import SubCellViT
from .training import Training

__all__ = [
    "Cca",
    "Concat",
    "FusionAutoencoder",
    "GraphAutoencoder",
    "HPADenseNet",
    "ImageContract",
    "ImageContrast",
    "ImageVICReg",
    "LocationClassifier",
    "MaskedAutoencoder",
    "Muse",
    "MuseNetwork",
    "NetMF",
    "Node2Vec",
    "Pca",
    "Projector",
    "ProjectorNetwork",
    "ProteinContrast",
    "PublishedImageEncoder",
    "Single",
    "SkipGram",
    "SubCellViT",
    "TrainedFusion",
    "TrainedGraphEncoder",
    "TrainedImageEncoder",
    "Training",
]
