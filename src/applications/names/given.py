"""Inputs of naming: assemblies of a map or gene sets, and the references for names."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from ...artifacts import Hierarchy, TermSet
from ...errors import ConfigError, DataError
from ...eval.terms.overlap import Index
from ...nodes.build import Config
from ...stages.reading import DataPart, read_part
from ..covariates import Covariates
from ..use import Use
from .calibration import within
from .controls import Pool
from .known import Known
from .labels import labels_of, natural

TRUTH = "truth"
"""The reference that a simulated cell knows of itself; no name may come from it."""


@dataclass(frozen=True)
class Given:
    """Sets to be named, and what is known.

    Attributes:
        use: The map, over all proteins that may replace a member.
        known: The terms that name; None where there is no reference.
        pool: The proteins of the map, in strata.
        compared: What proteins are matched by, in words.
        keys: What the references are remembered under.
        described: Full name of some proteins, by label.
    """

    use: Use
    known: Known | None
    pool: Pool
    compared: str
    keys: tuple[str, ...]
    described: Mapping[str, str]

    @classmethod
    def read(cls, use: Use) -> Given:
        """Read references and covariates.

        Raises:
            ConfigError: If it is not clear which column of descriptions counts.
            DataError: If no reference shares a protein with the map.
        """
        parts = reference_parts(use)
        references = term_sets(parts)
        if use.settings["sets"] is not None and references:
            use = replace(use, hierarchy=_wider(use.hierarchy, references))
        use = replace(use, hierarchy=_in_order(use.hierarchy))
        known = Known.of(references, use.hierarchy.proteins) if references else None
        alike = Covariates.of(use, use.file("covariates"), use.settings["match"])
        keys = tuple(part.key for part in parts.values())
        described = _described(use, labels_of(use.hierarchy.proteins))
        return cls(use, known, Pool(alike.strata), alike.words(), keys, described)

    @property
    def terms(self) -> Known:
        """The terms that name.

        Raises:
            DataError: If there is no reference.
        """
        if self.known is None:
            raise DataError(_without_references(self.use.settings))
        return self.known

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Of each protein of the map: its name, or P and a number where that is no symbol."""
        return tuple(labels_of(self.use.hierarchy.proteins).values())

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """Name -> label of the proteins whose name is no symbol."""
        pairs = zip(self.use.hierarchy.proteins, self.labels, strict=True)
        return {name: label for name, label in pairs if name != label}

    def alias_table(self) -> dict[str, pd.DataFrame]:
        """Return the table ``aliases`` of labels and names, where some name is no symbol."""
        if not self.aliases:
            return {}
        columns = {"label": list(self.aliases.values()), "protein": list(self.aliases)}
        return {"aliases": pd.DataFrame(columns)}

    def evidence(self, row: int) -> list[str]:
        """Return what the map says of a set, in lines for a model: never a reference term."""
        hierarchy, at = self.use.hierarchy, row + 1
        lines = [f"Members that the map placed together: {len(self.sets[row])}."]
        if hierarchy.persistence[at]:
            lines.append(f"Clusters of other resolutions behind it: {hierarchy.persistence[at]}.")
        if np.isfinite(hierarchy.stability[at]):
            lines.append(
                f"It returns when the network is resampled: {hierarchy.stability[at]:.0%}."
            )
        return lines

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the assemblies or gene sets."""
        return self.use.hierarchy.names[1:]

    @cached_property
    def sets(self) -> list[Index]:
        """Members of each, as positions in the map."""
        membership = self.use.hierarchy.membership
        rows = np.split(membership.indices, membership.indptr[1:-1])
        return [np.sort(np.asarray(one, np.intp)) for one in rows[1:]]

    @cached_property
    def places(self) -> Index:
        """``(N,)`` position in the map of each protein of the universe."""
        position = {name: k for k, name in enumerate(self.use.hierarchy.proteins)}
        return np.array([position[name] for name in self.terms.proteins], np.intp)

    def columns(self, sets: list[Index]) -> list[Index]:
        """Return sets of positions in the map as positions in the universe."""
        return within(self.places, sets, len(self.use.hierarchy.proteins))


def _without_references(settings: Config) -> str:
    """Say that there is no reference, and which commands have one."""
    which = next(key for key in ("run", "hierarchy", "sets") if settings[key] is not None)
    command = f"cytoweave names {shlex.quote(f'{which}={settings[which]}')}"
    return (
        "names: there is no reference to name assemblies by. Of human gene symbols: cytoweave data "
        f"fetch for=data/gene_ontology, then {command} data=gene_ontology. With gene sets of your "
        f"own: {command} '+data.references.own={{kind: gmt, path: FILE.gmt}}'."
    )


def reference_parts(use: Use) -> Mapping[str, DataPart]:
    """Return the references of the data set; for a run, those that ``data=`` adds as well."""
    parts = dict(use.data.references)
    if use.run is not None:
        for name, node in use.settings["data"]["references"].items():
            key = f"data.references.{name}"
            parts[name] = read_part(use.store, key, node, use.data_node, strict=True)
    return parts


def term_sets(parts: Mapping[str, DataPart]) -> Mapping[str, TermSet]:
    """Return the references that hold terms, without what a simulated cell knows of itself."""
    sets = {name: part.measurement for name, part in parts.items()}
    return {k: one for k, one in sets.items() if isinstance(one, TermSet) and k != TRUTH}


def _in_order(hierarchy: Hierarchy) -> Hierarchy:
    """Return a map with its proteins in the order of their labels.

    What is drawn then depends on the place of a name and not on its characters.
    """
    labels = list(labels_of(hierarchy.proteins).values())
    order = sorted(range(len(labels)), key=lambda k: natural(labels[k]))
    members = sparse.csr_array(hierarchy.membership[:, order])
    members.sort_indices()
    proteins = tuple(hierarchy.proteins[k] for k in order)
    return replace(hierarchy, proteins=proteins, membership=members)


def _described(use: Use, labels: Mapping[str, str]) -> Mapping[str, str]:
    """Return full names of proteins by label, where a file of them is given."""
    path = use.file("descriptions")
    if path is None:
        return {}
    table = use.table(path, columns=use.settings["description_columns"]).values
    if table.shape[1] != 1:
        raise ConfigError(
            f"descriptions: {path.name} has {table.shape[1]} columns beside that of the proteins; "
            "name two: description_columns=[PROTEIN,NAME]."
        )
    column = table.iloc[:, 0].astype(str)
    return {labels[name]: text for name, text in column.items() if name in labels and text}  # type: ignore[index]  # names of proteins


def _wider(hierarchy: Hierarchy, references: Mapping[str, TermSet]) -> Hierarchy:
    """Return gene sets over the proteins of all references, from which random sets are drawn."""
    own = set(hierarchy.proteins)
    more = sorted(set().union(*(one.proteins for one in references.values())) - own)
    sets = hierarchy.membership[1:]
    wider = sparse.csr_array(
        (sets.data, sets.indices, sets.indptr), shape=(sets.shape[0], len(own) + len(more))
    )
    root = sparse.csr_array(np.ones((1, wider.shape[1]), np.float32))
    return replace(
        hierarchy,
        proteins=(*hierarchy.proteins, *more),
        membership=sparse.csr_array(sparse.vstack([root, wider])),
    )
