"""What is named: the assemblies of a map, or gene sets, and the references that can name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from ...artifacts import Hierarchy, TermSet
from ...errors import DataError
from ...eval.terms.overlap import Index
from ...stages.reading import DataPart, read_part
from ..covariates import Covariates
from ..use import Use
from .calibration import within
from .controls import Pool
from .known import Known

TRUTH = "truth"
"""The reference that a simulated cell knows of itself; no name may come from it."""


@dataclass(frozen=True)
class Given:
    """Sets to be named, and what is known.

    Attributes:
        use: The map, over all proteins that may stand in for a member.
        known: The terms that name.
        pool: The proteins of the map, in strata.
        compared: What proteins are matched by, in words.
        keys: What the references are remembered under.
    """

    use: Use
    known: Known
    pool: Pool
    compared: str
    keys: tuple[str, ...]

    @classmethod
    def read(cls, use: Use) -> Given:
        """Read references and covariates.

        Raises:
            DataError: If there is no reference, or it shares no protein with the map.
        """
        parts = reference_parts(use)
        references = term_sets(parts)
        if not references:
            raise DataError(
                "names: there is no reference to name assemblies by; give one, as in "
                "'+data.references.go={kind: gmt, path: FILE}', or a run with references."
            )
        if use.settings["sets"] is not None:
            use = replace(use, hierarchy=_wider(use.hierarchy, references))
        known = Known.of(references, use.hierarchy.proteins)
        alike = Covariates.of(use, use.file("covariates"), use.settings["match"])
        keys = tuple(part.key for part in parts.values())
        return cls(use, known, Pool(alike.strata), alike.words(), keys)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the assemblies or gene sets."""
        return self.use.hierarchy.names[1:]

    @cached_property
    def sets(self) -> list[Index]:
        """Members of each, as positions in the map."""
        held = self.use.hierarchy.membership
        rows = np.split(held.indices, held.indptr[1:-1])
        return [np.sort(np.asarray(one, np.intp)) for one in rows[1:]]

    @cached_property
    def places(self) -> Index:
        """``(N,)`` position in the map of each protein of the universe."""
        position = {name: k for k, name in enumerate(self.use.hierarchy.proteins)}
        return np.array([position[name] for name in self.known.proteins], np.intp)

    def columns(self, sets: list[Index]) -> list[Index]:
        """Return sets of positions in the map as positions in the universe."""
        return within(self.places, sets, len(self.use.hierarchy.proteins))


def reference_parts(use: Use) -> Mapping[str, DataPart]:
    """Return the references of the data set; for a run, those that ``data=`` adds as well."""
    found = dict(use.data.references)
    if use.run is not None:
        for name, node in use.settings["data"]["references"].items():
            key = f"data.references.{name}"
            found[name] = read_part(use.store, key, node, use.data_node, strict=True)
    return found


def term_sets(parts: Mapping[str, DataPart]) -> Mapping[str, TermSet]:
    """Return the references that hold terms, without what a simulated cell knows of itself."""
    found = {name: part.measurement for name, part in parts.items()}
    return {k: one for k, one in found.items() if isinstance(one, TermSet) and k != TRUTH}


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
