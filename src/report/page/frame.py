"""Frame of the report: first sentences, key metrics, files."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np

from ..exchange.crate import FILES, METADATA
from ..exchange.home import HOME
from ..result import RunResult
from .data import Assemblies


def lead(assemblies: Assemblies) -> str:
    """Return the sentences that open the page."""
    sizes = assemblies.hierarchy.sizes[1:]
    proteins = len(assemblies.hierarchy.proteins)
    if not len(sizes):
        return f"{proteins:,} proteins, and no assembly among them that passed."
    placed = np.unique(assemblies.hierarchy.membership[1:].indices).size
    return (
        f"{placed:,} of {proteins:,} proteins placed in {len(sizes):,} assemblies, from "
        f"{sizes.min():,} proteins to {sizes.max():,} (diameter "
        f"{assemblies.diameter(int(sizes.argmax()) + 1)}). Small ones lie inside larger ones, up "
        "to the whole cell."
    )


def facts(result: RunResult, assemblies: Assemblies) -> list[tuple[str, str, bool]]:
    """Return the headline numbers under the title: name, text, whether in small print."""
    hierarchy = assemblies.hierarchy
    rows = [
        ("Proteins", f"{len(hierarchy.proteins):,}", False),
        ("Assemblies", f"{len(hierarchy.names) - 1:,}", False),
    ]
    if assemblies.several_parents:
        rows.append(("In several parents", f"{assemblies.several_parents:,}", False))
    if result.embedding is not None and result.embedding.modalities:
        rows.append(("Made from", ", ".join(result.embedding.modalities), True))
    if "seed" in result.config:
        rows.append(("Seed", str(result.config["seed"]), False))
    return [*rows, ("Cytoweave", version("cytoweave"), False)]


def listed_files(result: RunResult) -> dict[str, str]:
    """Return the files of the run, and what each holds."""
    skipped = () if result.embedding is not None else ("embedding.tsv.gz", "embedding.h5ad")
    names = [name for name in FILES if name not in (*skipped, "report.html", HOME)]
    return {name: _lower(FILES[name][0]) for name in names} | {
        METADATA: "digest and origin of each file"
    }


def _lower(words: str) -> str:
    return words[0].lower() + words[1:]
