"""The stages of an experiment, each cached in the store."""

from .dataset import DataSet
from .parts import Parts
from .pipeline import Embedded, Mapped, Pipeline
from .reading import DataPart

__all__ = ["DataPart", "DataSet", "Embedded", "Mapped", "Parts", "Pipeline"]
