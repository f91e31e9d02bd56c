"""Benchmark of structures of protein pairs: error rates and order of folding.

    CYTOWEAVE_DATA=DIR python benchmarks/structures.py [published] [halves] [simulated] [ranking]
    CYTOWEAVE_DATA=DIR python benchmarks/structures.py plan run=DIR

published: the 1,666 published scores against their 904 decoys, at each level. halves: random pairs
without known edges, half of the proteins as decoys, half as candidates, without and with pairs of
the PDB planted among them. simulated: scores with effects of proteins, degrees of the published
table, without and with true pairs planted. ranking: the pairs that are certified at .1, found by
GPU hour in our order, by map similarity and at random; the order is fitted to PDB and CORUM pairs
of other proteins, intervals resample assemblies. plan: 1,000 pairs of the map of a finished run of
data=bioplex_lopit, with decoys and jobs; seconds, and how far decoys are matched.

`expected` is what an exact test gives: the level times the share of pairs that do not bind, and
where nothing binds the rate after candidates and decoys have been exchanged at random, which few
decoys keep below the level. `holds`: the realised rate is not above its level beyond chance.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from scipy import stats

import cytoweave as cw
from cytoweave.applications.structures.complexes import Floats, Mask
from cytoweave.applications.structures.fdr.error_rates import Decoys, certified, decoy_fdr
from cytoweave.applications.structures.fdr.shared_proteins import (
    disjoint_halves,
    independent_decoys,
)
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
EFFECTS = (0.0, 0.2, 0.5, 0.8)
"""Share of the variance of simulated scores that is of proteins, not of pairs."""

BINDING = (0.0, 0.15)
"""Share of the candidates that binds."""

PDB = "structure/pdb_pair_list_wright2025.tsv.gz"
SEQUENCES = "structure/human_sequences.fasta.gz"


def main() -> None:
    """Print the tables that are asked for, or all that need no run."""
    parts = {"published": published, "halves": halves, "simulated": simulated, "ranking": ranking}
    data = Path(os.environ.get("CYTOWEAVE_DATA", "data"))
    requested = sys.argv[1:] or list(parts)
    if requested[0] == "plan":
        plan(data, Path(requested[1].removeprefix("run=")))
        return
    for name in requested:
        parts[name](data)


def plan(data: Path, run: Path) -> None:
    """Show how long a plan of 1,000 pairs takes, and how far its decoys are matched."""
    wall, used = time.perf_counter(), time.process_time()
    with TemporaryDirectory() as folder:
        result = cw.structures_plan(
            run=run, sequences=data / SEQUENCES, pdb=data / PDB, pairs=1000, max_size=15,
            out=Path(folder) / "plan",
        )  # fmt: skip
    metrics = {"seconds": time.perf_counter() - wall, "CPU seconds": time.process_time() - used}
    rows = [
        {"metric": name, "value": value} for name, value in {**metrics, **result.metrics}.items()
    ]
    show("Plan of 1,000 pairs and their decoys", pd.DataFrame(rows))
    show("Left out", _reasons(result.tables["left_out"]))


def _reasons(left_out: pd.DataFrame) -> pd.DataFrame:
    words = left_out["reason"].str.replace(r"^\S+ has", "a protein has", regex=True)
    words = words.str.replace(r"^[\d,]+ residues", "residues", regex=True)
    return words.value_counts().rename_axis("reason").reset_index(name="pairs")


def table_of(data: Path) -> pd.DataFrame:
    """Return the published pairs."""
    return pd.read_csv(data / TABLE, sep="\t")


def published_decoys(table: pd.DataFrame) -> Floats:
    """Return decoys that have the published counts at or above each score."""
    counts = table.groupby("score")["n_calibration_decoys_at_or_above"].max().sort_index()
    result = np.repeat(np.asarray(counts.index, float), -np.diff(np.append(counts, 0)))
    return np.append(result, np.zeros(DECOYS - len(result)))


def published(data: Path) -> None:
    """Show certified pairs and decoy FDR on the published scores."""
    table = table_of(data)
    scores, decoys = table["score"].to_numpy(float), Decoys.of(published_decoys(table))
    p, fdr = decoys.conformal(scores), decoy_fdr(scores, decoys)
    rows = [{"level": q, "certified": int(certified(p, q).sum())} for q in LEVELS]
    show("Published scores", pd.DataFrame(rows))
    places = {s: int(np.argmin(np.where(scores >= s, scores, np.inf))) for s in (0.39, 0.5, 0.6)}
    cuts = [{"score": s, "fdr_decoy": fdr[place]} for s, place in places.items()]
    show("Decoy FDR", pd.DataFrame(cuts))


def ends_of(table: pd.DataFrame, columns: tuple[str, str]) -> Ends:
    """Return both proteins of each pair as numbers."""
    codes, _ = pd.factorize(table[list(columns)].to_numpy(str).ravel())
    return np.asarray(codes.reshape(-1, 2), np.intp)


def halves(data: Path) -> None:
    """Show the realised error between random pairs of different proteins."""
    table = pd.read_csv(data / RANDOM, sep="\t")
    ends = ends_of(table, ("entrez_a", "entrez_b"))
    scores, rng = table["model_conf"].to_numpy(float), np.random.default_rng(0)
    binding = _binding(data)
    rows = []
    for share in BINDING:
        draws, chance = [], []
        for null, judged in disjoint_halves(ends, SPLITS, rng):
            planted = rng.choice(binding, round(judged.sum() * share / (1 - share)))
            draws.append(_errors(scores[judged], planted, Decoys.of(scores[null])))
            chance.append(_exchanged(scores[judged], scores[null], rng))
        rows += _rows({"binding": share}, draws, chance, share)
    show("Protein-disjoint halves of random pairs", pd.DataFrame(rows))


def _binding(data: Path) -> Floats:
    """Return the published scores of pairs that are in the PDB."""
    table, known = table_of(data), KnownPairs.read(data / PDB, _identifiers(data)).since
    inside = [ordered(a, b) in known for a, b in table[["gene_a", "gene_b"]].to_numpy(str)]
    return table["score"].to_numpy(float)[inside]


def _errors(null: Floats, binding: Floats, decoys: Decoys) -> list[float]:
    """Return the false share of what is certified at each level."""
    p = decoys.conformal(np.concatenate([null, binding]))
    true = np.repeat([False, True], [len(null), len(binding)])
    return [_false(p, true, level) for level in LEVELS]


def _exchanged(own: Floats, other: Floats, rng: np.random.Generator) -> list[float]:
    """Return the same where nothing binds and candidates and decoys have been mixed."""
    mixed = rng.permutation(np.concatenate([own, other]))
    return _errors(mixed[: len(own)], np.empty(0), Decoys.of(mixed[len(own) :]))


def shuffled(ends: Ends, rng: np.random.Generator) -> Ends:
    """Return pairs with the same degrees, partners drawn at random."""
    stubs = rng.permutation(ends.ravel()).reshape(-1, 2)
    return np.asarray(stubs[stubs[:, 0] != stubs[:, 1]], np.intp)


def simulated(data: Path) -> None:
    """Show the realised FDR with effects of proteins, without and with pairs that bind."""
    ends = ends_of(table_of(data), ("gene_a", "gene_b"))
    rows = []
    for effect in EFFECTS:
        for share in BINDING:
            rng = np.random.default_rng(1)
            draws = [_draw(ends, effect, share, rng) for _ in range(DRAWS)]
            for column, rule in enumerate(("all decoys", "independent decoys")):
                message = {"effect": effect, "binding": share, "rule": rule}
                rows += _rows(message, [d[column] for d in draws], [d[2] for d in draws], share)
    show("Simulated scores that share proteins", pd.DataFrame(rows))


def _draw(
    ends: Ends, effect: float, share: float, rng: np.random.Generator
) -> tuple[list[float], list[float], list[float]]:
    """Return the false share at each level by both rules, and after decoys were exchanged."""
    candidates, decoys = shuffled(ends, rng), shuffled(ends, rng)[:DECOYS]
    own, other = (_scores(pairs, effect, rng) for pairs in (candidates, decoys))
    true = rng.random(len(own)) < share
    binding = own[true] + rng.gamma(4, 1, int(true.sum()))
    chance = _exchanged(own, other, rng) if not share else []
    kinds = Decoys.of(other), independent_decoys(other, decoys, rng)
    first, second = (_errors(own[~true], binding, k) for k in kinds)
    return first, second, chance


def _scores(pairs: Ends, effect: float, rng: np.random.Generator) -> Floats:
    proteins = rng.normal(size=int(pairs.max()) + 1)[pairs].sum(axis=1) * np.sqrt(effect / 2)
    return np.asarray(proteins + np.sqrt(1 - effect) * rng.normal(size=len(pairs)))


def _false(p: Floats, true: Mask, level: float) -> float:
    chosen = certified(p, level)
    return float((chosen & ~true).sum() / max(1, chosen.sum()))


def _rows(
    message: Mapping[str, object], draws: list[list[float]], chance: list[list[float]], share: float
) -> list[dict[str, object]]:
    """Return realised error, its interval and what is expected at each level."""
    rows = []
    for k, level in enumerate(LEVELS):
        values = np.array([draw[k] for draw in draws])
        low, high = _interval(values, bool(share))
        expected = level * (1 - share) if share else float(np.mean([draw[k] for draw in chance]))
        metrics = {"level": level, "realised": values.mean(), "low": low, "high": high}
        rows.append({**message, **metrics, "expected": expected, "holds": low <= level})
    return rows


def _interval(values: Floats, binding: bool) -> tuple[float, float]:
    """Return the 95 % interval of a mean; binomial where an error is all or nothing."""
    if not binding:
        result = stats.binomtest(int((values > 0).sum()), len(values)).proportion_ci()
        return float(result.low), float(result.high)
    spread = 1.96 * float(values.std(ddof=1)) / np.sqrt(len(values))
    return float(values.mean()) - spread, float(values.mean()) + spread


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
    result = [
        _ranked(name, kind, value, hit, hours, clusters, rng)
        for kind, hit in hits.items()
        for name, value in values.items()
    ]
    show(f"{int(is_known.sum())} pairs are known; hits by GPU hour", pd.DataFrame(result))


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
        repeated = best_first(value[drawn], rng)
        areas.append(area(hits[drawn], hours[drawn], repeated))
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
    result = {"bioplex": bioplex, "map similarity": similarity}
    return {name: one for name, one in result.items() if isinstance(one, Network)}


def _identifiers(data: Path) -> IdentifierMap:
    return IdentifierMap.read(data / "idmap/hgnc_protein_coding_2021-09.tsv.gz")


def _known(data: Path) -> frozenset[tuple[str, str]]:
    """Return pairs in the PDB or in a small complex of CORUM."""
    pdb = KnownPairs.read(data / PDB, _identifiers(data))
    complexes = read_gmt(data / "corum/corum4_human.gmt.gz").value
    if not isinstance(complexes, TermSet):
        raise SystemExit("CORUM holds no sets")
    return frozenset(pdb.since) | frozenset(co_members(complexes))


if __name__ == "__main__":
    main()
