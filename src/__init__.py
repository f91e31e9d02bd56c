"""Cytoweave: multi-scale cell maps from protein interactions and protein images.

``import cytoweave as cw``: the verbs of the command line are functions of the same names, and what
they return are the artifacts below. Each is loaded when it is first used.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import TYPE_CHECKING

from .errors import ConfigError, CytoweaveError, DataError
from .terminal.cores import wait_passively

if TYPE_CHECKING:
    from .api.fetching import fetch
    from .api.runs import (
        convert,
        map,  # noqa: A004 - the verb's name
        portal,
        read,
        run,
        upload,
        write_report,
    )
    from .api.scores import compare, evaluate, objective, robustness
    from .api.stores import clean_store
    from .api.structures import structures_plan, structures_rates, structures_read
    from .api.studies import SweepResult, ablate, sweep
    from .api.training import train
    from .api.uses import (
        contrast,
        evidence,
        functions,
        mutations,
        names,
        places,
        property,  # noqa: A004 - the verb's name
    )
    from .artifacts import Embedding, Findings, Hierarchy, Network, Scores
    from .report import RunResult
    from .studies.ablation import AblationResult
    from .studies.encoder_training import TrainingResult

__version__ = "0.1.0"

wait_passively()  # before any library that starts threads is loaded

__all__ = [
    "AblationResult",
    "ConfigError",
    "CytoweaveError",
    "DataError",
    "Embedding",
    "Findings",
    "Hierarchy",
    "Network",
    "RunResult",
    "Scores",
    "SweepResult",
    "TrainingResult",
    "ablate",
    "clean_store",
    "compare",
    "contrast",
    "convert",
    "evaluate",
    "evidence",
    "fetch",
    "functions",
    "map",
    "mutations",
    "names",
    "objective",
    "places",
    "portal",
    "property",
    "read",
    "robustness",
    "run",
    "structures_plan",
    "structures_rates",
    "structures_read",
    "sweep",
    "train",
    "upload",
    "write_report",
]

_PLACES = {
    ".api.fetching": ("fetch",),
    ".api.runs": ("convert", "map", "portal", "read", "run", "upload", "write_report"),
    ".api.scores": ("compare", "evaluate", "objective", "robustness"),
    ".api.stores": ("clean_store",),
    ".api.structures": ("structures_plan", "structures_rates", "structures_read"),
    ".api.studies": ("SweepResult", "ablate", "sweep"),
    ".api.training": ("train",),
    ".api.uses": (
        "contrast",
        "evidence",
        "functions",
        "mutations",
        "names",
        "places",
        "property",
    ),
    ".artifacts": ("Embedding", "Findings", "Hierarchy", "Network", "Scores"),
    ".report": ("RunResult",),
    ".studies.ablation": ("AblationResult",),
    ".studies.encoder_training": ("TrainingResult",),
}
"""The module that each public name is loaded from."""

if not TYPE_CHECKING:  # type checkers see the imports above, and no name beside them

    def __getattr__(name: str) -> object:
        """Load a public name when it is first used."""
        place = next((module for module, names in _PLACES.items() if name in names), None)
        if place is None:
            raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
        with warnings.catch_warnings():
            # tqdm 4.70, which optuna loads, in a notebook without ipywidgets.
            warnings.filterwarnings("ignore", "IProgress not found")
            module = import_module(place, __name__)
        globals()[name] = value = getattr(module, name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
