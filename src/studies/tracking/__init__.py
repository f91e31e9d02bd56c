"""Experiment trackers for the trials of a study: none, Weights & Biases, MLflow, or both."""

from .both import Both
from .mlflow_runs import Mlflow
from .record import Logger, NoLogger, Record
from .wandb_runs import Wandb

__all__ = ["Both", "Logger", "Mlflow", "NoLogger", "Record", "Wandb"]
