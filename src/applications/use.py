"""Input of applications: a given hierarchy or a finished run, with its data.

All uses of a map share this: where the map comes from, what was measured of its proteins, and the
store in which answers are remembered.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ..artifacts import Findings, Hierarchy, TermSet
from ..config import workers
from ..data.protein_tables import ProteinTable, read_protein_table
from ..data.textfiles import check_regular
from ..errors import ConfigError, DataError
from ..nodes.build import Config
from ..report import RunResult, read_run
from ..stages import DataSet
from ..stages.reading import identifier_map, names_of, read_given_hierarchy, read_part
from ..store import Recipe, Store

LOG = logging.getLogger("cytoweave")

NO_MAP = Hierarchy(
    (),
    ("root",),
    sparse.csr_array(np.zeros((1, 0), np.float32)),
    np.empty((0, 2), np.int64),
    np.zeros(1, np.int64),
    np.full(1, np.nan, np.float32),
)
"""The map of a question that was put without one."""


@dataclass(frozen=True)
class Use:
    """A map and what a question to it may draw on.

    Attributes:
        settings: The verb's composed config.
        store: Where answers are remembered.
        hierarchy: The map.
        key: What the map is remembered under.
        run: The finished run that the map is of; None for a given hierarchy.
    """

    settings: Config
    store: Store
    hierarchy: Hierarchy
    key: str
    run: RunResult | None = None

    @classmethod
    def of(cls, settings: Config, store: Store, *, needs_map: bool = True) -> Use:
        """Read the map that ``hierarchy=FILE``, ``run=DIR`` or ``sets=FILE`` names.

        Args:
            settings: The verb's composed config.
            store: Where answers are remembered.
            needs_map: Whether one must be given; where none is, the map has no proteins.

        Raises:
            ConfigError: If both are given, or none where one is needed.
            DataError: If it cannot be read.
        """
        kinds = [key for key in ("hierarchy", "run", "sets") if key in settings]
        given = [key for key in kinds if settings[key] is not None]
        if not given and not needs_map:
            return cls(settings, store, NO_MAP, "")
        if len(given) != 1:
            more = " or sets=FILE.gmt" if "sets" in kinds else ""
            raise ConfigError(f"Give either hierarchy=FILE or run=DIR, the folder of a run{more}.")
        path = existing(given[0], settings[given[0]])
        if given == ["run"]:
            run = read_run(path)
            files = [path / name for name in ("hierarchy.cx2", "hierarchy_parent.cx2")]
            return cls(settings, store, run.hierarchy, store.files_key(files), run)
        if given == ["sets"]:
            part = read_part(
                store, "sets", {"kind": "gmt", "path": str(path)}, settings["data"], strict=True
            )
            assert isinstance(part.measurement, TermSet)
            return cls(settings, store, hierarchy_of(part.measurement), part.key)
        id_map = settings["data"].get("id_map")
        hierarchy = read_given_hierarchy(store, path, universe=None, id_map=id_map)
        return cls(settings, store, hierarchy.value, hierarchy.key)

    @property
    def seed(self) -> int:
        """Seed of everything stochastic."""
        return int(self.settings["seed"])

    @property
    def data_node(self) -> Config:
        """The data config: that of the run where there is one, else that of the verb."""
        node: Config = self.run.config.get("data", {}) if self.run else self.settings["data"]  # type: ignore[assignment]  # as a run has it
        return node

    @cached_property
    def data(self) -> DataSet:
        """What was measured and is known of the proteins, read when first asked for.

        Raises:
            DataError: If a file is missing or malformed.
        """
        config = self.run.config if self.run else self.settings
        return DataSet.of(
            self.store,
            self.data_node,
            seed=int(str(config["seed"])),
            strict=bool(self.settings["strict"]),
            workers=workers(self.settings),
            measured=False,
        )

    def file(self, key: str) -> Path | None:
        """Return the file that a setting names; None where it names none.

        Raises:
            DataError: If it does not exist.
        """
        return self.needed(key) if self.settings[key] is not None else None

    def needed(self, key: str) -> Path:
        """Return the file that a setting must name.

        Raises:
            DataError: If it does not exist, or is a folder.
        """
        path = existing(key, self.settings[key])
        if path.is_dir():
            raise DataError(f"{key}: {path} is a folder; name a file.")
        return path

    def table(
        self,
        path: Path,
        *,
        columns: Sequence[str] | None = None,
        where: Mapping[str, str] | None = None,
        repeats: Literal["mean", "max"] = "mean",
    ) -> ProteinTable:
        """Return what a file says of proteins, its names translated as those of the map are.

        Raises:
            DataError: If the file is no such table.
        """
        table = read_protein_table(
            path,
            columns=columns,
            where=where,
            repeats=repeats,
            identifiers=identifier_map(self.store, self.data_node.get("id_map")),
            names=names_of(self.data_node),
        )
        for note in table.notes:
            LOG.warning("%s", note)
        return table

    def places(self, key: str, names: Sequence[str]) -> NDArray[np.intp]:
        """Return the position in the map of each protein that a file names, -1 where it has none.

        Raises:
            DataError: If none of them is in the map.
        """
        known = pd.Index(self.hierarchy.proteins, dtype=object)
        rows = known.get_indexer(pd.Index(list(names), dtype=object))
        if (rows < 0).all():
            raise DataError(
                f"{key}: none of its {len(names)} proteins (such as '{next(iter(names), '')}') is "
                f"among the {len(known)} of the map (such as '{known[0]}'); set data.id_map to "
                "translate names."
            )
        return rows

    def remembered(
        self,
        verb: str,
        modules: Sequence[str],
        compute: Callable[[], Findings],
        *,
        config: object = None,
        inputs: Sequence[str] = (),
        values: Sequence[NDArray[np.generic]] = (),
    ) -> Findings:
        """Return findings from the store, computed if they are not there yet.

        Args:
            verb: Also the folder in the store.
            modules: Names of the modules that do the work.
            compute: Does it.
            config: The settings that shape the findings.
            inputs: Keys of what else it starts from, such as ``store.files_key``.
            values: What has been read already, as arrays.
        """
        digests = (hashlib.sha256(one.tobytes()).hexdigest() for one in values)
        keys = [self.key, *inputs, *digests]
        recipe = Recipe(verb, modules, config, keys, self.seed)
        return self.store.remember(recipe, Findings, compute).value


def hierarchy_of(sets: TermSet) -> Hierarchy:
    """Return gene sets as the assemblies of a flat map."""
    count = len(sets.terms)
    root = next(name for name in ("", *map(str, range(count + 1))) if name not in sets.terms)
    root_row = sparse.csr_array(np.ones((1, len(sets.proteins)), np.float32))
    rows = [root_row, sparse.csr_array(sets.members.astype(np.float32))]
    return Hierarchy(
        proteins=sets.proteins,
        names=(root, *sets.terms),
        membership=sparse.csr_array(sparse.vstack(rows)),
        edges=np.column_stack([np.zeros(count, np.int64), np.arange(1, count + 1)]),
        persistence=np.zeros(count + 1, np.int64),
        stability=np.full(count + 1, np.nan, np.float32),
    )


Chosen = TypeVar("Chosen")


def chosen_settings(kind: type[Chosen], settings: Config) -> Chosen:
    """Return a verb's settings as the dataclass that its work takes: named as its fields."""
    return kind(**{name: settings[name] for name in kind.__dataclass_fields__})  # type: ignore[attr-defined]


Finder = Callable[[Use], Findings]
"""Puts one question to a map."""


def existing(key: str, given: str | Path) -> Path:
    """Return the path that a setting names.

    Raises:
        DataError: If nothing is there, or it is a pipe or a device.
    """
    path = Path(given)
    if not path.exists():
        raise DataError(f"{key}: {path} does not exist.")
    check_regular(key, path)
    return path
