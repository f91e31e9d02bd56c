"""Launchers of parallel tasks: local processes, a Slurm job array, or a Dask cluster."""

from importlib import import_module
from typing import TYPE_CHECKING

from .launcher import Launcher as Launcher  # no component, so not in `__all__`
from .local import Local
from .local import here as here
from .pool import Pool as Pool

if TYPE_CHECKING:
    from .dask_cluster import Dask
    from .slurm import Submitit

__all__ = ["Dask", "Local", "Submitit"]

_PLACES = {"Dask": ".dask_cluster", "Submitit": ".slurm"}
"""The modules of launchers whose libraries are slow to load; loaded when a config names them."""

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _PLACES:
            raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
        return getattr(import_module(_PLACES[name], __name__), name)
