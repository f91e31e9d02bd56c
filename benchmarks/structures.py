"""Structures of protein pairs, measured on public data: error rates and the order of folding.

    CYTOWEAVE_DATA=DIR python benchmarks/structures.py [published] [halves] [simulated] [ranking]

published: the 1,666 published scores against their 904 decoys, at each level. halves: random pairs
without known edges, half of the proteins as decoys, half as candidates. simulated: scores with
effects of proteins, degrees of the published table, true pairs planted. ranking: the pairs that are
certified at .1, found by GPU hour in our order, by map similarity and at random; the order is
fitted to PDB and CORUM pairs of other proteins, intervals resample assemblies.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from cytoweave.applications.structures.complexes import Floats, Mask
from cytoweave.applications.structures.fdr.error_rates import Decoys, certified, decoy_fdr
from cytoweave.applications.structures.fdr.shared_proteins import SelfCheck, independent_decoys
from cytoweave.applications.structures.jobs.pairs import Ends, Evidence, Pairs
from cytoweave.applications.structures.jobs.ranking import (
    Cost,
    area,
    cost_of_share,
    protein_disjoint,
)
from cytoweave.applications.structures.jobs.sequences import Protein
from cytoweave.applications.structures.known import KnownPairs, ordered
from cytoweave.applications.structures.plan import co_members
from cytoweave.artifacts import Hierarchy, Network, TermSet
from cytoweave.data import IdentifierMap, read_gmt, read_network
from cytoweave.terminal.console import show

TABLE = "structure/schaffer2025_table5_1666_pairs.tsv.gz"
RANDOM = "structure/random_pairs_no_edges.tsv.gz"
LEVELS = (0.05, 0.1, 0.2)
DECOYS, SPLITS, DRAWS, BOOTSTRAPS = 904, 400, 200, 500
EFFECTS = (0.2, 0.5, 0.8)
"""Share of the variance of simulated scores that is of proteins, not of pairs."""


def main() -> None:
    """Print the tables that are asked for, or all."""
    parts = {"published": published, "halves": halves, "simulated": simulated, "ranking": ranking}
    data = Path(os.environ.get("CYTOWEAVE_DATA", "data"))
    for name in sys.argv[1:] or parts:
        parts[name](data)


def table_of(data: Path) -> pd.DataFrame:
    """Return the published pairs."""
    return pd.read_csv(data / TABLE, sep="\t")


def published_decoys(table: pd.DataFrame) -> Floats:
    """Return decoys that have the published counts at or above each score."""
    counts = table.groupby("score")["n_calibration_decoys_at_or_above"].max().sort_index()
    found = np.repeat(np.asarray(counts.index, float), -np.diff(np.append(counts, 0)))
    return np.append(found, np.zeros(DECOYS - len(found)))


def published(data: Path) -> None:
    """Show certified pairs and decoy FDR on the published scores."""
    table = table_of(data)
    scores, decoys = table["score"].to_numpy(float), Decoys.of(published_decoys(table))
    p, fdr = decoys.conformal(scores), decoy_fdr(scores, decoys)
    rows = [{"level": q, "certified": int(certified(p, q).sum())} for q in LEVELS]
    show("Published scores", pd.DataFrame(rows))
    cuts = [{"score": s, "fdr_decoy": fdr[scores >= s].max()} for s in (0.39, 0.5, 0.6)]
    show("Decoy FDR", pd.DataFrame(cuts))


def ends_of(table: pd.DataFrame, columns: tuple[str, str]) -> Ends:
    """Return both proteins of each pair as numbers."""
    codes, _ = pd.factorize(table[list(columns)].to_numpy(str).ravel())
    return np.asarray(codes.reshape(-1, 2), np.intp)


def halves(data: Path) -> None:
    """Show how often anything is certified where nothing binds."""
    table = pd.read_csv(data / RANDOM, sep="\t")
    ends = ends_of(table, ("entrez_a", "entrez_b"))
    scores, rng = table["model_conf"].to_numpy(float), np.random.default_rng(0)
    check = SelfCheck.of(scores, ends, LEVELS, SPLITS, rng)
    if check is None:
        raise SystemExit("too few random pairs")
    rows = [
        {"level": q, "realised": check.realised[k], "low": check.interval(k)[0],
         "high": check.interval(k)[1], "splits": check.splits}
        for k, q in enumerate(LEVELS)
    ]  # fmt: skip
    show("Protein-disjoint halves of random pairs", pd.DataFrame(rows))


def shuffled(ends: Ends, rng: np.random.Generator) -> Ends:
    """Return pairs with the same degrees, partners drawn at random."""
    stubs = rng.permutation(ends.ravel()).reshape(-1, 2)
    return np.asarray(stubs[stubs[:, 0] != stubs[:, 1]], np.intp)


def simulated(data: Path) -> None:
    """Show the realised FDR with effects of proteins, without and with pairs that bind."""
    ends = ends_of(table_of(data), ("gene_a", "gene_b"))
    rows = []
    for effect in EFFECTS:
        for share in (0.0, 0.15):
            rng = np.random.default_rng(1)
            draws = [_draw(ends, effect, share, rng) for _ in range(DRAWS)]
            for k, level in enumerate(LEVELS):
                for column, rule in enumerate(("all decoys", "independent decoys")):
                    values = np.array([draw[column][k] for draw in draws])
                    rows.append(_row(effect, share, rule, level, values))
    show("Simulated scores that share proteins", pd.DataFrame(rows))


def _draw(
    ends: Ends, effect: float, share: float, rng: np.random.Generator
) -> tuple[list[float], list[float]]:
    """Return the false share of what is certified at each level, by both rules."""
    candidates, decoys = shuffled(ends, rng), shuffled(ends, rng)[:DECOYS]
    own, other = (_scores(pairs, effect, rng) for pairs in (candidates, decoys))
    true = rng.random(len(own)) < share
    own = own + true * rng.gamma(4, 1, len(own))
    kinds = Decoys.of(other), independent_decoys(other, decoys, rng)
    first, second = ([_false(k.conformal(own), true, q) for q in LEVELS] for k in kinds)
    return first, second


def _scores(pairs: Ends, effect: float, rng: np.random.Generator) -> Floats:
    proteins = rng.normal(size=int(pairs.max()) + 1)[pairs].sum(axis=1) * np.sqrt(effect / 2)
    return np.asarray(proteins + np.sqrt(1 - effect) * rng.normal(size=len(pairs)))


def _false(p: Floats, true: Mask, level: float) -> float:
    chosen = certified(p, level)
    return float((chosen & ~true).sum() / max(1, chosen.sum()))


def _row(
    effect: float, share: float, rule: str, level: float, values: Floats
) -> dict[str, float | str]:
    mean = float(values.mean())
    if share:
        spread = 1.96 * float(values.std(ddof=1)) / np.sqrt(len(values))
        low, high = mean - spread, mean + spread
    else:
        hits = stats.binomtest(int((values > 0).sum()), len(values)).proportion_ci()
        low, high = float(hits.low), float(hits.high)
    return {
        "effect": effect, "binding": share, "rule": rule, "level": level, "realised": mean,
        "low": low, "high": high,
    }  # fmt: skip


def hierarchy_of(table: pd.DataFrame) -> Hierarchy:
    """Return the published assemblies that hold the pairs, under one root."""
    sets = {
        str(name): sorted(set(rows["gene_a"]) | set(rows["gene_b"]))
        for name, rows in table.groupby("cluster")
    }
    proteins = sorted({gene for genes in sets.values() for gene in genes})
    place = {name: k for k, name in enumerate(proteins)}
    matrix = np.zeros((len(sets) + 1, len(proteins)), np.float32)
    matrix[0] = 1
    for row, genes in enumerate(sets.values(), 1):
        matrix[row, [place[gene] for gene in genes]] = 1
    from scipy import sparse

    count = len(sets) + 1
    edges = np.column_stack([np.zeros(count - 1, int), np.arange(1, count)])
    unknown = np.full(count, np.nan, np.float32)
    return Hierarchy(
        tuple(proteins), ("root", *sets), sparse.csr_array(matrix), edges,
        np.zeros(count, int), unknown,
    )  # fmt: skip


def ranking(data: Path) -> None:
    """Show hits by GPU hour in several orders."""
    table = table_of(data)
    hierarchy = hierarchy_of(table)
    place = {name: k for k, name in enumerate(hierarchy.proteins)}
    ends = np.array([[place[a], place[b]] for a, b in table[["gene_a", "gene_b"]].to_numpy(str)])
    rows = {name: k for k, name in enumerate(hierarchy.names)}
    clusters = np.array([rows[str(name)] for name in table["cluster"]])
    pairs = Pairs(ends, clusters, np.ones(len(ends), np.intp))
    lengths = _lengths(data, hierarchy)
    evidence = Evidence(hierarchy, lengths, _networks(data, hierarchy), None, {})
    features = evidence.features(pairs).drop(columns=["log persistence", "stability"])
    known = _known(data)
    names = [ordered(a, b) for a, b in table[["gene_a", "gene_b"]].to_numpy(str)]
    is_known = np.array([name in known for name in names])
    rng = np.random.default_rng(0)
    chance = protein_disjoint(features.to_numpy(float), is_known, ends, rng)
    if chance is None:
        raise SystemExit("too few known pairs")
    residues = np.array([sum(lengths[n].length for n in pair) for pair in names], float)
    hours = Cost.through().hours(residues)
    scores = table["score"].to_numpy(float)
    certified_pairs = certified(Decoys.of(published_decoys(table)).conformal(scores), 0.1)
    similarity = features["weight map similarity"].to_numpy(float)
    values = {
        "chance / hours": chance / hours,
        "chance": chance,
        "map similarity / hours": (similarity + 1e-6) / hours,
        "map similarity": similarity,
        "shortest first": -hours,
        "random": rng.random(len(hours)),
    }
    hits = {"132 certified": certified_pairs, "161 published": table["high_conf"].to_numpy(bool)}
    found = [
        _ranked(name, kind, value, hit, hours, clusters, rng)
        for kind, hit in hits.items()
        for name, value in values.items()
    ]
    show(f"{int(is_known.sum())} pairs are known; hits by GPU hour", pd.DataFrame(found))


def best_first(value: Floats, rng: np.random.Generator) -> Ends:
    """Return the order of falling values, ties at random: the table is sorted by score."""
    return np.lexsort((rng.random(len(value)), -value))


def _ranked(
    name: str, kind: str, value: Floats, hits: Mask, hours: Floats, groups: Ends,
    rng: np.random.Generator,
) -> dict[str, object]:  # fmt: skip
    """Return area and cost of an order, with intervals over resampled assemblies."""
    order = best_first(value, rng)
    members = [np.flatnonzero(groups == k) for k in np.unique(groups)]
    areas = []
    for _ in range(BOOTSTRAPS):
        drawn = np.concatenate([members[k] for k in rng.integers(len(members), size=len(members))])
        again = best_first(value[drawn], rng)
        areas.append(area(hits[drawn], hours[drawn], again))
    low, high = np.quantile(areas, [0.025, 0.975])
    costs = {f"cost of {s:.0%}": cost_of_share(hits, hours, order, s) for s in (0.5, 0.8, 1.0)}
    return {
        "hits": kind,
        "order": name,
        "area": area(hits, hours, order),
        "low": low,
        "high": high,
    } | costs


def _lengths(data: Path, hierarchy: Hierarchy) -> dict[str, Protein]:
    """Return proteins as long as the table of lengths says; the median where it has none."""
    table = pd.read_csv(data / "cancer/protein_lengths_maftools.tsv.gz", sep="\t")
    known = table.groupby("Hugo_Symbol")["aa.length"].max()
    middle = int(known.median())
    count = {name: int(known.get(name, middle)) for name in hierarchy.proteins}
    return {name: Protein(name, "A" * max(n, 1), (name,)) for name, n in count.items()}


def _networks(data: Path, hierarchy: Hierarchy) -> dict[str, Network]:
    identifiers = _identifiers(data)
    bioplex = read_network(
        data / "ppi/bioplex3_293T.tsv.gz", columns=["target", "prey"], weight="pInt",
        identifiers=identifiers,
    ).value  # fmt: skip
    similarity = read_network(
        data / "embeddings/U2OS_5183_MUSE_top0.2pct_pairs.tsv.gz",
        columns=["gene_a", "gene_b"], weight="muse_cosine", identifiers=identifiers,
    ).value  # fmt: skip
    found = {"bioplex": bioplex, "map similarity": similarity}
    return {name: one for name, one in found.items() if isinstance(one, Network)}


def _identifiers(data: Path) -> IdentifierMap:
    return IdentifierMap.read(data / "idmap/hgnc_protein_coding_2021-09.tsv.gz")


def _known(data: Path) -> frozenset[tuple[str, str]]:
    """Return pairs in the PDB or in a small complex of CORUM."""
    path = data / "structure/pdb_pair_list_wright2025.tsv.gz"
    pdb = KnownPairs.read(path, _identifiers(data))
    complexes = read_gmt(data / "corum/corum4_human.gmt.gz").value
    if not isinstance(complexes, TermSet):
        raise SystemExit("CORUM holds no sets")
    return frozenset(pdb.since) | frozenset(co_members(complexes))


if __name__ == "__main__":
    main()
