"""Our lab's parts of Cytoweave: an image backbone, a metric and a reader."""

from cytoweave.data import reading
from cytoweave.eval import catalogue

from .backbone import Tiny
from .metric import PURITY, PurityScoring
from .reader import read_fasta

__all__ = ["PurityScoring", "Tiny"]

reading.register("fasta", read_fasta)
catalogue.register(PURITY)
