"""Encoders of PPI networks and images, and multimodal fusion."""

from ..artifacts import ImageContract
from .fusion.autoencoder import FusionAutoencoder
from .fusion.closed_forms import Cca, Pca, Single
from .fusion.concat import Concat
from .fusion.muse import Muse
from .fusion.muse_network import MuseNetwork
from .fusion.projector import Projector
from .fusion.projector_network import ProjectorNetwork
from .fusion.trained import TrainedFusion
from .images.backbones.hpa_densenet import HPADenseNet
from .images.backbones.subcell_vit import SubCellViT
from .images.encoder import TrainedImageEncoder
from .images.objectives.location_classifier import LocationClassifier
from .images.objectives.masked_autoencoder import MaskedAutoencoder
from .images.objectives.protein_contrast import ProteinContrast
from .images.objectives.simclr import ImageContrast
from .images.objectives.vicreg import ImageVICReg
from .images.published import PublishedImageEncoder
from .ppi.graph_autoencoder import GraphAutoencoder
from .ppi.graph_encoder import TrainedGraphEncoder
from .ppi.netmf import NetMF
from .ppi.node2vec import Node2Vec
from .ppi.skip_gram import SkipGram
from .training.trainer import Training

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
