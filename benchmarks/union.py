"""Benchmark of maps of all proteins against maps of those that every modality measured.

    python benchmarks/union.py --data DIR --work DIR

One map is made with ``data.proteins=both`` and one with ``all``, by an ensemble of five networks,
whose disagreement is the uncertainty of a protein's place. A table has one row per map, reference
and kind of proteins: all modalities, or only one of them. ``pairs`` is the average precision with
which the map retrieves the other members of a protein's terms, 0 by chance; its interval is over
groups of similar terms. ``placed`` is the share of the proteins in an assembly of at most 100;
``uncertain`` is the mean uncertainty. For proteins with all modalities the larger map is also
scored as if it had these alone: the difference to the smaller map is what the others cost them.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

import cytoweave as cw
from cytoweave.artifacts import Embedding, Hierarchy, TermSet
from cytoweave.data.references import read_gmt
from cytoweave.eval.intervals import estimate
from cytoweave.eval.terms.map_retrieval import retrieved
from cytoweave.eval.terms.nested_pairs import Nested
from cytoweave.eval.terms.queries import every_query, ground_of
from cytoweave.terminal.console import show

REFERENCES = {
    "corum": "corum/corum4_human.gmt.gz",
    "go_cc": "go/GO_CC_human_propagated_2023-11.gmt.gz",
}
MAX_RELATED = 500
SMALL = 100
"""Size of assembly up to which a protein counts as placed."""


def kinds_of(embedding: Embedding) -> dict[str, np.ndarray]:
    """Return the proteins with all modalities, and with one alone, as masks."""
    names, present = embedding.modalities, embedding.present
    alone = {
        f"only {name}": present[:, k] & (present.sum(axis=1) == 1) for k, name in enumerate(names)
    }
    return {"all modalities": present.all(axis=1)} | alone


def pairs(hierarchy: Hierarchy, terms: TermSet, requested: set[str]) -> pd.Series:
    """Return the mean retrieval of each group of terms, over queries of the asked proteins."""
    ground = ground_of(hierarchy.proteins, terms, None, MAX_RELATED)
    nested = Nested.of(hierarchy, ground.inside)
    is_asked = np.array([hierarchy.proteins[k] in requested for k in ground.inside])
    rows = []
    for block in every_query(ground):
        mine = is_asked[block.protein]
        values = retrieved(nested, block)[mine]
        rows.append(pd.DataFrame({"group": ground.groups[block.term[mine]], "value": values}))
    return pd.concat(rows).groupby("group")["value"].mean()


def among(hierarchy: Hierarchy, proteins: set[str]) -> Hierarchy:
    """Return a map as if it had some of its proteins only."""
    kept = np.flatnonzero([name in proteins for name in hierarchy.proteins])
    return Hierarchy(
        tuple(hierarchy.proteins[k] for k in kept),
        hierarchy.names,
        sparse.csr_array(hierarchy.membership[:, kept]),
        hierarchy.edges,
        hierarchy.persistence,
        hierarchy.stability,
    )


def rows(
    maps: Mapping[str, tuple[Hierarchy, Embedding]], data: Path
) -> Iterator[dict[str, object]]:
    """Yield one row per map, reference and kind of proteins."""
    smaller = set(maps["both"][0].proteins)
    for reference, path in REFERENCES.items():
        terms = read_gmt(data / path).value
        assert isinstance(terms, TermSet)
        for name, (hierarchy, embedding) in maps.items():
            scored = {kind: (hierarchy, mask) for kind, mask in kinds_of(embedding).items()}
            if name == "all":
                narrow = among(hierarchy, smaller)
                inside = np.array([protein in smaller for protein in embedding.proteins])
                scored["all modalities, scored alone"] = narrow, inside
            for kind, (shown, mask) in scored.items():
                proteins = {embedding.proteins[k] for k in np.flatnonzero(mask)}
                if not proteins:
                    continue
                result = estimate(pairs(shown, terms, proteins).to_numpy(float))
                small = hierarchy.membership[hierarchy.sizes <= SMALL]
                is_kind = np.array([protein in proteins for protein in hierarchy.proteins])
                placed = np.asarray(small.astype(bool).sum(axis=0)).ravel() > 0
                uncertain = embedding.uncertainty
                yield {
                    "reference": reference, "map": name, "proteins": kind, "n": len(proteins),
                    "pairs": result.mean, "low": result.low, "high": result.high,
                    "placed": placed[is_kind].mean(),
                    "uncertain": np.nan if uncertain is None else uncertain[mask].mean(),
                }  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("CYTOWEAVE_DATA", "data"))
    parser.add_argument("--work", type=Path, default=Path("benchmark_work"))
    given = parser.parse_args()
    maps: dict[str, tuple[Hierarchy, Embedding]] = {}
    for which in ("both", "all"):
        run = cw.run(
            data="bioplex_lopit", data_root=given.data, data__proteins=which, eval__nulls=0,
            fusion__members=5, out=given.work / which, overwrite=True,
        )  # fmt: skip
        assert run.embedding is not None
        maps[which] = run.hierarchy, run.embedding
    show(
        "Maps of all proteins and of those with both modalities",
        pd.DataFrame(rows(maps, given.data)),
    )


if __name__ == "__main__":
    main()
