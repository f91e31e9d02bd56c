"""Benchmark of the evaluation: published maps, speed, and robustness to gaming.

Sections, each printed as a table and written as TSV to the output folder:

    speed        enrichment of 278 assemblies in GO-CC against a loop over pairs; 1,000 null maps
    published    the authors' maps and ours of the same network against CORUM, GO-CC, HPA and SEC-MS
    calibration  how often the two co-elution tests pass on maps with permuted labels; a picture
    games        the objective of maps made to raise it

    python benchmarks/evaluation.py SECTION ... [--data DIR] [--ours MAP.nodes] [--out DIR]
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from scipy import sparse, stats
from statsmodels.stats.multitest import multipletests

from cytoweave.artifacts import ElutionProfiles, Hierarchy
from cytoweave.data import read_elution, read_gmt, read_hpa
from cytoweave.eval import (
    CoelutionScoring,
    Evaluation,
    MapObjective,
    MatchedAssemblies,
    PairScoring,
    TermScoring,
    Unit,
    WeightedMetrics,
    elution_similarity,
)
from cytoweave.eval.terms.enrichment import benjamini_hochberg, tests_made
from cytoweave.eval.terms.overlap import assemblies_of
from cytoweave.maps import read_hierarchy
from cytoweave.terminal.console import show

PUBLISHED = {
    "draft of May 2023": "U2OS_map_May2023final.nodes.gz",
    "HiDeF, chi 5": "U2OS_5183_MUSE.chi_5.maxres_20.nodes.gz",
    "HiDeF, chi 10": "U2OS_5183_MUSE.chi_10.maxres_20.nodes.gz",
}
PAIRS = "embeddings/U2OS_5183_MUSE_top0.2pct_pairs.tsv.gz"
OBJECTIVE = WeightedMetrics({"corum.tune.matching_f1": 1.0, "go_cc.tune.matching_f1": 1.0})


@dataclass(frozen=True)
class Bench:
    """Where things are."""

    data: Path
    out: Path
    ours: Path | None

    def references(self) -> dict[str, Any]:
        """Return CORUM, GO-CC, HPA and the U2OS elution profiles."""
        hpa = self.data / "hpa/hpa_subcellular_location_v23.tsv.gz"
        sec = self.data / "secms/U2OS_SEC_kirkwood2013_genes.tsv.gz"
        return {
            "corum": read_gmt(self.data / "corum/corum4_human.gmt.gz").value,
            "go_cc": read_gmt(self.data / "go/GO_CC_human_propagated_2023-11.gmt.gz").value,
            "hpa": read_hpa(hpa, reliability=["Enhanced", "Supported", "Approved"]).value,
            "sec": read_elution(sec, id="hgnc_symbol", columns="Fraction*").value,
        }

    def universe(self) -> list[str]:
        """Return the proteins of the published network."""
        pairs = pd.read_csv(self.data / PAIRS, sep="\t")
        return sorted({*pairs.iloc[:, 0], *pairs.iloc[:, 1]})

    def maps(self) -> dict[str, Hierarchy]:
        """Return the published maps over the proteins they offer, and ours if given."""
        result = {}
        for name, file in PUBLISHED.items():
            universe = None if "draft" in name else self.universe()
            result[name] = read_hierarchy(self.data / "hierarchies" / file, universe)
        if self.ours:
            result["ours"] = read_hierarchy(self.ours, self.universe())
        return result


def speed(bench: Bench) -> Iterator[dict[str, object]]:
    """Yield seconds of one enrichment, ours and by a loop, and of a thousand null maps."""
    references, maps = bench.references(), bench.maps()
    hierarchy, terms = maps["HiDeF, chi 5"], references["go_cc"]
    times = []
    for _ in range(5):
        start = clocks()
        scores = TermScoring(min_size=1, identical_terms=True).scores(hierarchy, terms)
        result = scores.comparison.overlap()
        rates = benjamini_hochberg(
            scores.tails(result), tests_made(result.row_sizes, result.column_sizes)
        )
        times.append(since(start))
    start = clocks()
    looped = by_loop(scores.comparison.members, scores.comparison.annotations)
    loop = since(start)
    best = looped.reshape(-1, len(result.column_sizes)).min(axis=1)
    mine = np.full(len(best), 1.0)
    np.minimum.at(mine, result.row, rates)
    cpu, wall = np.median(times, axis=0)
    size = f"{len(scores.comparison.assemblies)} x {len(result.column_sizes)}"
    yield {"what": f"enrichment, GO-CC, {size}", "cpu s": cpu, "wall s": wall}
    yield {"what": "scipy.stats.hypergeom a pair, statsmodels", "cpu s": loop[0], "wall s": loop[1]}
    yield {"what": "times", "cpu s": loop[0] / cpu, "wall s": loop[1] / wall}
    apart = float(np.abs(np.log(mine[best < 0.01] / best[best < 0.01])).max())
    yield {"what": f"largest relative difference of a rate below .01: {apart:.1g}"}
    for name in ("corum", "go_cc", "hpa"):
        start = clocks()
        found_terms = TermScoring().scores(hierarchy, references[name])
        found_terms.summary(found_terms.nulls(1000, 0))
        cpu, wall = since(start)
        yield {"what": f"1,000 null maps, {name}", "cpu s": cpu, "wall s": wall}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    yield {"what": f"peak memory {peak:.2f} GB"}


def clocks() -> tuple[float, float]:
    """Return the CPU time of this process and the wall clock, in seconds."""
    return time.process_time(), time.perf_counter()


def since(start: tuple[float, float]) -> tuple[float, float]:
    """Return the CPU and wall seconds since `clocks` were read."""
    cpu, wall = clocks()
    return cpu - start[0], wall - start[1]


def by_loop(members: sparse.csr_array, annotations: sparse.csr_array) -> np.ndarray:
    """Return false discovery rates of all assembly x term cells, one hypergeometric call each."""
    sets = [set(part.tolist()) for part in np.split(members.indices, members.indptr[1:-1])]
    by_term = sparse.csr_array(annotations.T.tocsr())
    terms = [set(part.tolist()) for part in np.split(by_term.indices, by_term.indptr[1:-1])]
    universe = annotations.shape[0]
    p = [
        stats.hypergeom.sf(len(mine & term) - 1, universe, len(term), len(mine))
        for mine in sets
        for term in terms
    ]
    return np.asarray(multipletests(np.clip(p, 0, 1), method="fdr_bh")[1])


def published(bench: Bench) -> Iterator[dict[str, object]]:
    """Yield the metrics of every map against every reference."""
    references = bench.references()
    evaluation = Evaluation(nulls=200, pairs=PairScoring(max_shared_size=500))
    for name, hierarchy in bench.maps().items():
        scores = evaluation(hierarchy=hierarchy, embedding=None, references=references, seed=0)
        f = scores.metrics
        row: dict[str, object] = {"map": name, "assemblies": f["map.all.assemblies"]}
        for reference in ("corum", "go_cc", "hpa"):
            for metric in ("recovered", "recovered_groups", "enriched", "matching_f1"):
                row[f"{reference} {metric}"] = f.get(f"{reference}.all.{metric}", np.nan)
                row[f"{reference} {metric} null"] = f.get(
                    f"{reference}.all.{metric}.null_mean", np.nan
                )
        table = scores.tables["coelution"]
        sizes = hierarchy.sizes[assemblies_of(hierarchy)]
        for test in ("validated", "coelutes"):
            row[f"sec {test}"] = int(table[test].sum())
            for least in (5, 15):
                large = table[test].to_numpy()[sizes > least]
                row[f"sec {test} > {least}"] = f"{large.sum()} of {len(large)}"
        row["sec validated null"] = f["sec.all.validated.null_mean"]
        row["sec coelutes null"] = f["sec.all.coeluting.null_mean"]
        row["objective"] = OBJECTIVE.value(OBJECTIVE.measured(f))
        yield row


def calibration(bench: Bench) -> Iterator[dict[str, object]]:
    """Yield how the matched test behaves without signal; draw its p values."""
    profiles = bench.references()["sec"]
    assert isinstance(profiles, ElutionProfiles)
    figure = go.Figure()
    for name, hierarchy in bench.maps().items():
        result = MatchedAssemblies.of(
            hierarchy, elution_similarity(profiles), permutations=10_000, null_maps=1000
        )
        for low, high in ((2, 5), (6, 15), (16, 50), (51, 5000)):
            of_size = (result.sizes >= low) & (result.sizes <= high)
            p = result.null_p[:, of_size]
            distances = [stats.kstest(column, "uniform").pvalue for column in p.T]
            yield {
                "map": name,
                "profiled members": f"{low} to {high}",
                "assemblies": int(of_size.sum()),
                "p < .05 by chance": float((p < 0.05).mean()),
                "p < .01 by chance": float((p < 0.01).mean()),
                "not uniform at .001": int((np.array(distances) < 0.001).sum()),
            }
            if name == "HiDeF, chi 5":
                drawn = np.sort(p.ravel())[:: max(1, p.size // 400)]
                expected = np.linspace(0, 1, len(drawn))
                label = f"{low} to {high} profiled members"
                figure.add_scatter(x=expected, y=drawn, mode="lines", name=label)
        any_share = result.metrics()["significant.null_any"]
        allowed = stats.binom.ppf(0.975, 1000, 0.05) / 1000
        yield {"map": name, "profiled members": "maps with any at FDR 5 %",
               "p < .05 by chance": any_share, "p < .01 by chance": allowed}  # fmt: skip
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line={"dash": "dot"}, name="uniform")
    figure.update_layout(
        template="simple_white", width=760, height=560,
        title="p values of the matched co-elution test on 1,000 maps with permuted labels",
        xaxis_title="expected", yaxis_title="found",
    )  # fmt: skip
    figure.write_html(bench.out / "coelution_calibration.html")


def games(bench: Bench) -> Iterator[dict[str, object]]:
    """Yield the objective of a map, and of maps made from it to raise it; the map itself is 1."""
    objective = MapObjective()
    references = {k: v for k, v in bench.references().items() if k not in objective.kept_apart}
    scoring = CoelutionScoring(permutations=0, nulls=0)
    evaluation = Evaluation(nulls=20, parts=("tune",), coelution=scoring)
    base = read_hierarchy(bench.ours) if bench.ours else bench.maps()["HiDeF, chi 5"]
    rows = assemblies_of(base)
    sets = [base.membership[[k]].indices for k in rows]
    rng, n = np.random.default_rng(0), len(base.proteins)
    places = rng.permutation(n)
    best = sorted(sets, key=len)[: len(sets) // 2]
    halos = [np.union1d(s, rng.choice(n, max(1, len(s) // 4))) for s in best]
    made: dict[str, list[np.ndarray]] = {
        "as it is": sets,
        "5,000 assemblies of 4 drawn": [
            *sets, *(rng.choice(n, 4, replace=False) for _ in range(5000))
        ],
        "every small one cut into fours": [
            *sets, *(s[k : k + 4] for s in best for k in range(0, len(s) - 3, 2))
        ],
        "cores of the smaller half": [*sets, *(s[: max(4, len(s) * 3 // 4)] for s in best)],
        "halos of the smaller half": [*sets, *halos],
        "exact copies": [*sets, *sets],
        "one giant": [*sets, np.arange(n - 10)],
        "only a giant": [np.arange(n - 10)],
        "half of the proteins left out": [
            part for s in sets if len(part := s[s % 2 == 0]) >= 4
        ],
        "a quarter of the members replaced": [
            np.unique(np.where(rng.random(len(s)) < 0.25, rng.choice(n, len(s)), s)) for s in sets
        ],
        "labels permuted": [places[s] for s in sets],
    }  # fmt: skip
    unit = None
    for name, chosen in made.items():
        scores = evaluation(
            hierarchy=flat(base, chosen), embedding=None, references=references, seed=0
        )
        f = scores.metrics
        measured = objective.measured(f)
        unit = unit or Unit.of([measured])
        parts = {k: v / unit.mean[k] for k, v in measured.items()}
        yield {
            "map": name,
            "assemblies": len(chosen),
            "objective": objective.value(measured, unit),
            **parts,
            "one-to-one F1": OBJECTIVE.value(OBJECTIVE.measured(f)),
            "corum mmr": f["corum.tune.mmr"],
        }


def flat(like: Hierarchy, sets: list[np.ndarray]) -> Hierarchy:
    """Return a map of sets right below the root, over the same proteins."""
    rows = [np.arange(len(like.proteins)), *map(np.unique, sets)]
    indptr = np.cumsum([0, *map(len, rows)])
    members = sparse.csr_array(
        (np.ones(indptr[-1], np.float32), np.concatenate(rows), indptr),
        shape=(len(rows), len(like.proteins)),
    )
    n = len(rows)
    edges = np.column_stack([np.zeros(n - 1), np.arange(1, n)]).astype(np.int32)
    names = tuple(f"A{k}" for k in range(n))
    ones = np.ones(n, np.float32)
    return replace(
        like, names=names, membership=members, edges=edges,
        persistence=ones.astype(np.int32), stability=ones,
    )  # fmt: skip


SECTIONS = {"speed": speed, "published": published, "calibration": calibration, "games": games}


def main() -> None:
    """Run the sections asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sections", nargs="+", choices=SECTIONS)
    parser.add_argument("--data", type=Path, default=os.environ.get("CYTOWEAVE_DATA", "data"))
    parser.add_argument("--ours", type=Path, help="our map of the published network, as .nodes")
    parser.add_argument("--out", type=Path, default=Path("benchmark_tables"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    bench = Bench(given.data, given.out, given.ours)
    for name in given.sections:
        table = pd.DataFrame(SECTIONS[name](bench))
        table.to_csv(given.out / f"evaluation_{name}.tsv", sep="\t", index=False)
        show(name, table.set_index("map").T.reset_index(names="") if name == "published" else table)


if __name__ == "__main__":
    main()
