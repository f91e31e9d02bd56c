"""Inputs of function prediction: annotations, an ontology, networks, an embedding."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...artifacts import Annotations, Embedding, Network, Ontology
from ...data.annotations import read_annotations, split_by_date, with_evidence
from ...data.ontology_graph import flat_ontology, read_ontology
from ...data.textfiles import listed
from ...errors import DataError
from ...stages.reading import DataPart, as_embedding, identifier_map, names_of, read_part
from ..use import Use
from .knowledge import Knowledge
from .voters import Voters, assembly_voters, embedding_voters, network_voters

LOG = logging.getLogger("cytoweave")


@dataclass(frozen=True)
class Given:
    """What is known, and what was measured.

    Attributes:
        annotations: Those that are used.
        later: Those that predictions are judged by; None without ``after=``.
        others: All of the file, of whatever evidence and date.
        ontology: All terms.
        networks: Name -> network.
        embedding: Vectors of proteins, or None.
    """

    annotations: Annotations
    later: Annotations | None
    others: Annotations
    ontology: Ontology
    networks: dict[str, Network]
    embedding: Embedding | None

    @classmethod
    def read(
        cls, use: Use, evidence: Sequence[str], before: str | None, after: str | None
    ) -> Given:
        """Read what the settings name, and what the run holds.

        Raises:
            ConfigError: If evidence is of no class, or dates overlap.
            DataError: If a file is malformed, names no protein of the map or no term of the
                ontology, or has no dates where they are asked for.
        """
        path = use.needed("annotations")
        everything, notes = read_annotations(
            path,
            among=set(use.hierarchy.proteins),
            identifiers=identifier_map(use.store, use.data_node.get("id_map")),
            names=names_of(use.data_node),
        )
        for note in notes:
            LOG.warning("annotations: %s", note)
        use.places("annotations", sorted(set(everything.table["protein"])))
        ontology = use.file("ontology")
        order = _order(everything, path, ontology)
        used, later = split_by_date(with_evidence(everything, evidence), before, after)
        return cls(used, later, everything, order, networks_of(use), embedding_of(use))

    def knowledge(self, use: Use, least: int) -> Knowledge:
        """Return what is known of the proteins of the map and of its networks.

        Raises:
            DataError: If no term has enough proteins.
        """
        others = {name for one in self.networks.values() for name in one.proteins}
        return Knowledge.of(
            self.annotations, self.ontology, [*use.hierarchy.proteins, *sorted(others)], least
        )

    def voters(self, use: Use, knowledge: Knowledge) -> list[Voters]:
        """Return the predictors: assemblies, then the embedding, then networks.

        Raises:
            DataError: If none has a voter.
        """
        rows = knowledge.rows(use.hierarchy.proteins)
        voters = assembly_voters(use.hierarchy, knowledge, rows)
        if self.embedding is not None:
            voters += embedding_voters(self.embedding, knowledge, rows)
        for name, network in self.networks.items():
            voters += network_voters(network, knowledge, rows, name)
        if not any(one.totals(knowledge).any() for one in voters):
            raise DataError(
                "annotations: no assembly of 2 to 1,000 members holds two annotated proteins, so "
                "that nobody votes; give a finer map, network= or embedding=."
            )
        return voters


def _order(annotations: Annotations, path: Path, ontology: Path | None) -> Ontology:
    """Return the ontology with all annotated terms; unknown ones get no ancestors, with a note."""
    terms = sorted(set(annotations.table["term"]))
    titles = {term: annotations.titles.get(term, "") for term in terms}
    if ontology is None:
        return flat_ontology(titles)
    order = read_ontology(ontology)
    strange = [term for term in terms if term not in order.row]
    if len(strange) == len(terms):
        raise DataError(
            f"annotations: none of the {len(terms)} terms of {path.name} (such as '{terms[0]}') is "
            f"among the {len(order.terms)} of {ontology.name} (such as '{order.terms[0]}'); give "
            "the ontology of these terms, or none."
        )
    if strange:
        LOG.warning(
            "annotations: %d of %d terms are not in %s and stand alone, without ancestors: %s",
            len(strange),
            len(terms),
            ontology.name,
            listed(strange, 4),
        )
    aspects = Counter(order.aspects[order.row[term]] for term in terms if term in order.row)
    # an aspect of their own would contain their few proteins alone, in which every term is frequent
    return order.with_terms(terms, titles, aspects.most_common(1)[0][0])


def networks_of(use: Use) -> dict[str, Network]:
    """Return the network given, or those of the run: what was measured, and the map's own."""
    networks = {}
    if use.settings["network"] is not None:
        measured = _part(use, "network").measurement
        networks = {"the network": measured} if isinstance(measured, Network) else {}
    elif use.run is not None:
        parts = {name: part.measurement for name, part in use.data.parts().items()}
        networks = {name: one for name, one in parts.items() if isinstance(one, Network)}
        networks["the map's network"] = use.run.similarity
    for name, network in networks.items():
        use.places(name, network.proteins)
    return networks


def embedding_of(use: Use) -> Embedding | None:
    """Return the embedding given, or that of the run; None where there is neither."""
    if use.settings["embedding"] is None:
        return use.run.embedding if use.run else None
    embedding = as_embedding(_part(use, "embedding")).value
    use.places("embedding", embedding.proteins)
    return embedding


def _part(use: Use, kind: str) -> DataPart:
    keys = ("columns", "weight", "min_weight") if kind == "network" else ()
    stated = {key: use.settings[key] for key in keys if use.settings[key] is not None}
    node = {"kind": kind, "path": str(use.needed(kind))} | stated
    part = read_part(use.store, kind, node, use.data_node, strict=True)
    for note in part.reading.notes:
        LOG.warning("%s: %s", kind, note)
    return part
