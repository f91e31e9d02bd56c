"""Frame of the report: title, key metrics, contents, files."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib.metadata import version

import numpy as np

from ..exchange.crate import FILES, METADATA
from ..exchange.home import HOME
from ..result import RunResult
from .data import Assemblies
from .markup import Section


def contents(found: Iterable[Section]) -> str:
    """Return links to the sections."""
    return " ".join(f'<a href="#{section.anchor}">{section.name}</a>' for section in found)


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


def facts(result: RunResult, assemblies: Assemblies) -> str:
    """Return the figures under the title, and how to make the map again."""
    hierarchy = assemblies.hierarchy
    rows = {
        "Proteins": f"{len(hierarchy.proteins):,}",
        "Assemblies": f"{len(hierarchy.names) - 1:,}",
    }
    if assemblies.several_parents:
        rows["In several parents"] = f"{assemblies.several_parents:,}"
    if result.embedding is not None and result.embedding.modalities:
        rows["Made from"] = f"<small>{escape(', '.join(result.embedding.modalities))}</small>"
    if "seed" in result.config:
        rows["Seed"] = escape(str(result.config["seed"]))
    rows["Cytoweave"] = escape(version("cytoweave"))
    items = "".join(f"<div><dt>{name}</dt><dd>{text}</dd></div>" for name, text in rows.items())
    return f'<dl class="facts">{items}</dl>{_reproduce(result.command)}'


def footer(result: RunResult) -> str:
    """Return the files of the run, and what a reader should keep in mind."""
    skipped = () if result.embedding is not None else ("embedding.tsv.gz", "embedding.h5ad")
    names = [name for name in FILES if name not in (*skipped, "report.html", HOME)]
    files = "".join(
        f'<li><a href="{name}">{name}</a>: {_lower(FILES[name][0])}</li>' for name in names
    )
    return (
        "<h3>Files beside this page</h3>"
        f'<ul>{files}<li><a href="{METADATA}">{METADATA}</a>: digest and origin of each file</li>'
        "<li><code>tables/</code>: the full tables behind the scores</li></ul>"
        "<p>Cytoscape Desktop opens <code>hierarchy.cx2</code> as it is; Cytoscape Web shows a "
        "cell map after <code>cytoweave upload ndex run=DIR</code>.</p>"
        "<p>Diameters are estimated from the number of proteins (log–log line through components "
        "of known size) and carry the wide intervals shown; they are not measured. Jaccard is "
        "shared proteins over all proteins of both sets, among the proteins that a reference "
        "knows. An assembly without a known match may be new or may be noise: persistence, "
        "stability and co-elution help to tell.</p>"
    )


def _lower(words: str) -> str:
    return words[0].lower() + words[1:]


def _reproduce(command: str) -> str:
    if not command:
        return '<p class="reproduce">All settings of this run are in <code>config.yaml</code>.</p>'
    return f'<div class="reproduce">Make this map again:<pre>{escape(command)}</pre></div>'
