"""A task for another process or machine, with the working folder and environment of this one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..errors import ConfigError

Result_co = TypeVar("Result_co", covariant=True)

VARIABLE_PREFIX = "CYTOWEAVE_"
"""Prefix of the environment variables for options, data, plug-ins and the store."""


@dataclass(frozen=True)
class Task(Generic[Result_co]):
    """A function with the working folder and environment that it is to run in; hashable.

    Attributes:
        work: The function.
        folder: The working folder: relative paths mean the same there.
        variables: Of the environment, those of this package.
        paths: Where modules of plug-ins are looked for besides.
    """

    work: Callable[..., Result_co]
    folder: str
    variables: tuple[tuple[str, str], ...]
    paths: tuple[str, ...]

    @classmethod
    def of(cls, work: Callable[..., Result_co]) -> Task[Result_co]:
        """Return the task of running `work` with this process's folder and environment."""
        ours = tuple(
            (name, value) for name, value in os.environ.items() if name.startswith(VARIABLE_PREFIX)
        )
        paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        here = [os.path.abspath(path) for path in paths if path]
        return cls(work, os.getcwd(), ours, tuple(here))

    def __call__(self, *item: object) -> Result_co:
        """Run the task.

        Raises:
            ConfigError: If the worker does not see the folder.
        """
        try:
            os.chdir(self.folder)
        except OSError as error:
            raise ConfigError(
                f"launcher: a worker cannot enter {self.folder} ({error.strerror}); give the "
                "command in a folder that all nodes share."
            ) from None
        for name in [name for name in os.environ if name.startswith(VARIABLE_PREFIX)]:
            del os.environ[name]
        os.environ.update(self.variables)
        sys.path += [path for path in self.paths if path not in sys.path]
        return self.work(*item)
