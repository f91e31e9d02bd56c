"""Benchmark of contrasts on public data: false positives, positive controls, power.

    CYTOWEAVE_DATA=DIR python benchmarks/conditions.py [thp1] [hela] [split] [simulated]
        [unreplicated] [events] [places]

THP-1 without and with LPS, 3 + 3 replicates of LOPIT: what is called between conditions, between
replicates of one, and in crossed designs, against the published rule (Cliff's delta of cosines).
HeLa without and with EGF, 3 + 3: ranks of EGFR, SHC1 and GRB2, against M and R scores. Split: U2OS
LOPIT-DC against itself. Simulated: the same with dissolved complexes: error, power, coverage.
Unreplicated: BioPlex 3 against BioPlex 2, of which nothing can be tested. Events: what becomes of
assemblies between maps of the two, and between two seeds of one map, with stability. Places:
multi-localised proteins of a map of BioPlex 3 and LOPIT-DC, against locations of HPA.
"""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from scipy import sparse, stats
from scipy.sparse.linalg import eigsh
from sklearn.covariance import MinCovDet
from sklearn.metrics import average_precision_score, roc_auc_score

import cytoweave as cw
from cytoweave.applications.contrast.answers import Answers
from cytoweave.applications.contrast.context import Contexts
from cytoweave.applications.contrast.design import Design, Replicate
from cytoweave.applications.contrast.find import ContrastTest, Options
from cytoweave.applications.contrast.model import model_of, replicate_models
from cytoweave.applications.contrast.movers import Movers
from cytoweave.artifacts import Embedding, Hierarchy
from cytoweave.terminal.console import console, show

CORUM = "corum/corum4_human.gmt.gz"
THP1 = "conditions/thp1_lopit_{}_3reps_mulvey2021.tsv.gz"
HELA = "conditions/hela_dom_{}_3reps_itzhak2016.tsv.gz"
LOPIT = "spatial/U2OS_LOPITDC2018.tsv.gz"
BIOPLEX3 = "ppi/bioplex3_293T.tsv.gz"
BIOPLEX2 = "ppi/hidef_example_bioplex2.tsv.gz"
HPA = "hpa/hpa_subcellular_location_v23.tsv.gz"
RELIABILITY = ("Enhanced", "Supported", "Approved", "Uncertain")
RESAMPLES = 5
KNOWN = ("EGFR", "SHC1", "GRB2")
OPTIONS = Options(None, [], 4, 0.15, 0.05, 10, None, None)
SEEDS = 3

Tables = dict[str, list[pd.DataFrame]]
"""Condition -> its replicates, each proteins x features."""


def main() -> None:
    """Print the tables that are asked for, or all."""
    parts = {"thp1": thp1, "hela": hela, "split": split, "simulated": simulated}
    parts |= {"unreplicated": unreplicated, "events": events, "places": places}
    data = Path(os.environ.get("CYTOWEAVE_DATA", "data"))
    for name in sys.argv[1:] or parts:
        parts[name](data)


def thp1(data: Path) -> None:
    """False calls between replicates and in crossed designs, and what LPS changes."""
    tables = {name: lopit_thp1(data / THP1.format(name)) for name in ("unstimulated", "lps")}
    known = complexes(data)
    test = contrast(tables, known)
    show("THP-1 without and with LPS, complexes of CORUM", test.nulls())
    _show_first(test)
    rows = []
    for i, j in combinations(range(3), 2):
        crossed = {
            "one": [tables["unstimulated"][i], tables["lps"][j]],
            "other": [tables["unstimulated"][j], tables["lps"][i]],
        }
        own = contrast(crossed, known)
        answers, movers = own.answers(own.model), own.movers(own.model)
        rows.append((f"U{i + 1}+L{j + 1} v U{j + 1}+L{i + 1}", *_called(answers, movers)))
    show("Crossed designs of four tables", pd.DataFrame(rows, columns=["design", *CALLED]))
    show("The published rule: |Cliff's delta| >= .5", published_rule(test))


def hela(data: Path) -> None:
    """Ranks of proteins that EGF moves, compared with the published rule of M and R scores."""
    tables = {name: maps_hela(data / HELA.format(name)) for name in ("ctrl", "egf")}
    test = contrast(tables, complexes(data))
    show("HeLa without and with EGF, complexes of CORUM", test.nulls())
    movers = test.mover_table(test.movers(test.model)).set_index("protein")
    theirs = m_and_r(tables)
    rows = []
    for name, score in (("moderated distance", movers["score"]), ("M score", theirs["m"])):
        ranks = score.rank(ascending=False)
        precision = average_precision_score(score.index.isin(KNOWN), score)
        rows.append((name, len(score), *(ranks[gene] for gene in KNOWN), precision))
    columns = ["score", "proteins", *KNOWN, "average precision"]
    show("Ranks of the proteins that EGF recruits", pd.DataFrame(rows, columns=columns))
    kept = theirs.index[(theirs["m"] > 2) & (theirs["r"] > 0.9)]
    called = movers.index[movers["fdr"] <= 0.05]
    for words, result in (("M > 2 and R > .9", kept), ("FDR 5 %", called)):
        inside = [gene for gene in KNOWN if gene in result]
        console.print(f"{words}: {len(result)} proteins, {len(inside)} of the three.")


def split(data: Path) -> None:
    """LOPIT-DC of U2OS against itself: even and odd fractions of three replicates."""
    whole = lopit_u2os(data)
    halves = {name: [t.iloc[:, k::2] for t in whole] for k, name in enumerate(("even", "odd"))}
    test = contrast(halves, complexes(data))
    answers, movers = test.answers(test.model), test.movers(test.model)
    row = pd.DataFrame([("even v odd", *_called(answers, movers))], columns=["design", *CALLED])
    show("U2OS LOPIT-DC against itself", row)


def simulated(data: Path) -> None:
    """Replicates drawn around LOPIT-DC profiles with its noise; some complexes fall apart."""
    rows = []
    for members in (0.0, 0.25, 0.5, 1.0):
        for seed in range(SEEDS):
            rows.append({"members that leave": members} | dissolved(data, members, seed))
    table = pd.DataFrame(rows).groupby("members that leave").mean().reset_index()
    show("Ten complexes of U2OS LOPIT-DC dissolved, 3 + 3 replicates", table)


def dissolved(data: Path, members: float, seed: int) -> dict[str, float]:
    """Return error and power where a share of the members of ten complexes goes elsewhere."""
    rng = np.random.default_rng([seed, int(100 * members)])
    whole = np.stack([table.to_numpy() for table in lopit_u2os(data)])
    names = lopit_u2os(data)[0].index
    mean, noise = whole.mean(axis=0), whole.std(axis=0, ddof=1)
    moved = mean.copy()
    known = complexes(data)
    sets = [names.get_indexer(pd.Index(known.members_of(k))) for k in range(1, len(known.names))]
    sets = [inside[inside >= 0] for inside in sets]
    usable = [k for k, inside in enumerate(sets) if 5 <= len(inside) <= 30]
    broken: list[int] = []
    left: list[int] = []
    for k in rng.permutation(usable):
        if all(not set(sets[k]) & set(sets[other]) for other in broken) and len(broken) < 10:
            broken.append(int(k))
    for k in broken:
        leaving = rng.choice(sets[k], round(members * len(sets[k])), replace=False)
        moved[leaving] = mean[rng.permutation(len(mean))[: len(leaving)]]
        left += leaving.tolist()
    tables = {
        name: [
            pd.DataFrame(base + noise * rng.normal(size=mean.shape), index=names) for _ in range(3)
        ]
        for name, base in (("control", mean), ("treated", moved))
    }
    test = contrast(tables, known)
    answers = test.answers(test.model)
    rows = test.pairs.rows - 1
    hit = np.isin(rows, broken)
    touched = set(np.concatenate([sets[k] for k in broken]).tolist()) if members else set()
    free = np.array([not touched & set(sets[k].tolist()) for k in rows])
    kind = np.array(answers.classes(OPTIONS.fdr))
    return {
        "p <= .05 of the rest": float((answers.p[free] <= 0.05).mean()),
        "changed of the rest": float((kind[free] == "changed").mean()),
        "conserved of the rest": float((kind[free] == "conserved").mean()),
        "0 in the interval": float(((answers.lo <= 0) & (answers.hi >= 0))[free].mean()),
        "power": float((kind[hit] == "changed").mean()),
        "conserved of them": float((kind[hit] == "conserved").mean()),
        "effect": float(answers.effect[hit].mean()),
        **_moved(test, names[left]),
    }


def _moved(test: ContrastTest, left: pd.Index) -> dict[str, float]:
    """Return how many of the proteins that went elsewhere are called, and how many others."""
    result = test.movers(test.model)
    names = np.array(test.contexts.proteins, object)[result.rows]
    called, gone = result.fdr <= OPTIONS.fdr, np.isin(names, left.to_numpy())
    between = [
        (Movers.of(test.contexts, model, test.conditions).fdr <= OPTIONS.fdr).sum()
        for _, model in replicate_models(test.model, test.design.labels)
    ]
    return {
        "movers": float(gone.sum()),
        "power of movers": float(called[gone].mean()) if gone.any() else float("nan"),
        "false movers": float((called & ~gone).sum()),
        "movers between replicates": float(np.mean(between)),
    }


def unreplicated(data: Path) -> None:
    """BioPlex 3 against BioPlex 2: one network a condition, so effect sizes and no test."""
    third = pd.read_csv(data / BIOPLEX3, sep="\t")[["target", "prey"]]
    second = pd.read_csv(data / BIOPLEX2, sep="\t").iloc[:, :2]
    tables = {"bioplex3": [spectral(third)], "bioplex2": [spectral(second)]}
    result = contrast(tables, complexes(data)).findings("BioPlex 3 against BioPlex 2")
    show("BioPlex 3 against BioPlex 2", result.answer[["assembly", "class", "effect", "p"]].head())
    for note in result.notes:
        console.print(note, highlight=False)


def events(data: Path) -> None:
    """Events between maps of BioPlex 3 and 2, beside those between two seeds of one map."""
    third = pd.read_csv(data / BIOPLEX3, sep="\t")[["target", "prey"]]
    second = pd.read_csv(data / BIOPLEX2, sep="\t").iloc[:, :2]
    tables = {"bioplex3": spectral(third), "bioplex2": spectral(second)}
    shared = tables["bioplex3"].index.intersection(tables["bioplex2"].index)
    rows = []
    with TemporaryDirectory() as place:
        folders = {}
        for name, seed in (("bioplex3", 0), ("bioplex3", 1), ("bioplex2", 0), ("bioplex2", 1)):
            folders[name, seed] = Path(place) / f"{name}_{seed}"
            known = tables[name].loc[shared]
            cw.map(embedding=known, seed=seed, portal=False, out=folders[name, seed])
        for first, other in (
            (("bioplex3", 0), ("bioplex2", 0)),
            (("bioplex3", 0), ("bioplex3", 1)),
            (("bioplex2", 0), ("bioplex2", 1)),
        ):
            scores = cw.compare(folders[first], folders[other], resamples=RESAMPLES)
            result = scores.tables["events"]
            words = " v ".join(f"{name}, seed {seed}" for name, seed in (first, other))
            for kind, inside in result.groupby("event"):
                sure = int((inside["stability"] >= 0.8).sum())
                beyond = int((inside["stability"] - inside["chance"] >= 0.5).sum())
                means = inside[["stability", "chance"]].mean().tolist()
                rows.append((words, kind, len(inside), *means, sure, beyond))
    columns = ["maps", "event", "assemblies", "stability", "chance", "stable", "beyond chance"]
    show(f"Events over {len(shared):,} proteins", pd.DataFrame(rows, columns=columns))


def spectral(edges: pd.DataFrame, width: int = 64) -> pd.DataFrame:
    """Return proteins x the leading eigenvectors of the normalised adjacency of a network."""
    ends = edges.astype(str).to_numpy()
    names, codes = np.unique(ends, return_inverse=True)
    first, second = codes.reshape(ends.shape).T
    half = sparse.coo_array((np.ones(len(first)), (first, second)), shape=(len(names),) * 2)
    adjacency = sparse.csr_array((sparse.csr_array(half + half.T) > 0).astype(float))
    scale = sparse.diags_array(1 / np.sqrt(np.maximum(adjacency @ np.ones(len(names)), 1)))
    start = np.random.default_rng(0).normal(size=len(names))
    values, vectors = eigsh(scale @ adjacency @ scale, width, v0=start, rng=0)
    return pd.DataFrame(vectors * values, index=names)


def places(data: Path) -> None:
    """AUROC of multi-localisation scores on the proteins that no setting was chosen on."""
    with TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        cw.run(data="bioplex_lopit", fusion="concat", data_root=data, eval__nulls=0, out=run)
        result = cw.places(run, resamples=RESAMPLES)
    table = result.answer.set_index("protein").sort_index()
    known = pd.read_csv(data / HPA, sep="\t").drop_duplicates("Gene_name").set_index("Gene_name")
    known = known.reindex(table.index)
    several = known[["Main_location", "Additional_location"]].fillna("").agg(";".join, axis=1)
    several = several.map(lambda places: len(set(filter(None, places.split(";"))))) > 1
    held_out = np.random.default_rng(0).random(len(table)) >= 0.5
    kinds = {"any": known["Reliability"].notna()}
    kinds |= {kind: known["Reliability"] == kind for kind in RELIABILITY}
    scores = {"effective less expected": table["score"], "effective": table["effective"]}
    scores |= {"root paths": table["root_paths"], "degree": table["degree"]}
    rows = []
    for name, score in scores.items():
        inside = {kind: held_out & chosen & score.notna() for kind, chosen in kinds.items()}
        rows.append({"score": name} | {k: _auroc(several[m], score[m]) for k, m in inside.items()})
    counts = {
        kind: f"{several[held_out & m].mean():.0%} of {(held_out & m).sum()}"
        for kind, m in kinds.items()
    }
    rows.append({"score": "several locations"} | counts)
    show("Multi-localisation against HPA: AUROC by reliability", pd.DataFrame(rows))
    for note in result.notes:
        console.print(note, highlight=False)
    console.print(f"{result.metrics}", highlight=False)


def _auroc(truth: pd.Series, score: pd.Series) -> str:
    """Return the area with its 95 % bootstrap interval over proteins."""
    rng, values = np.random.default_rng(0), (truth.to_numpy(), score.to_numpy())
    picks = [rng.integers(len(truth), size=len(truth)) for _ in range(500)]
    drawn = [roc_auc_score(values[0][k], values[1][k]) for k in picks]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{roc_auc_score(*values):.3f} ({low:.3f} to {high:.3f})"


CALLED = ["tested", "p <= .05", "changed", "conserved", "movers p <= .05", "movers"]


def _called(answers: Answers, movers: Movers) -> tuple[float, ...]:
    kinds = answers.classes(OPTIONS.fdr)
    known = movers.p[np.isfinite(movers.p)]
    return (
        len(kinds),
        float((answers.p <= 0.05).mean()),
        kinds.count("changed"),
        kinds.count("conserved"),
        float((known <= 0.05).mean()),
        int((movers.fdr <= OPTIONS.fdr).sum()),
    )


def _show_first(test: ContrastTest) -> None:
    table = test.assembly_table(test.answers(test.model))
    show("First assemblies", table.iloc[:8, :7])
    console.print(str(table["class"].value_counts().to_dict()))
    movers = test.mover_table(test.movers(test.model))
    console.print("Movers: " + " ".join(movers["protein"][movers["fdr"] <= OPTIONS.fdr]))


def contrast(tables: Tables, known: Hierarchy) -> ContrastTest:
    """Return the test of some tables."""
    replicates = tuple(
        Replicate(name, str(k), "", Path()) for name in tables for k in range(len(tables[name]))
    )
    design = Design(replicates)
    read = [
        Embedding.of_modality("matrix", list(table.index), table)
        for condition in tables.values()
        for table in condition
    ]
    model = model_of(design.labels, design.blocks)
    return ContrastTest(known, design, model, Contexts.of(read), OPTIONS, 0)


def published_rule(test: ContrastTest) -> pd.DataFrame:
    """Return how many complexes the rule of the paper calls different between two tables."""
    units, pairs = test.contexts.units, test.pairs
    cosines = [np.einsum("pf,pf->p", one[pairs.first], one[pairs.second]) for one in units]
    inside = [np.flatnonzero(pairs.assembly == k) for k in range(len(pairs.rows))]
    rows = []
    for i, j in combinations(range(len(units)), 2):
        deltas = np.array([_delta(cosines[i][p], cosines[j][p]) for p in inside])
        one, other = test.design.replicates[i], test.design.replicates[j]
        kind = "replicates" if one.condition == other.condition else "conditions"
        rows.append((kind, f"{one.key} v {other.key}", float((np.abs(deltas) >= 0.5).mean())))
    return pd.DataFrame(rows, columns=["kind", "tables", "called"])


def _delta(first: np.ndarray, second: np.ndarray) -> float:
    """Return Cliff's delta."""
    won = stats.mannwhitneyu(first, second).statistic / (len(first) * len(second))
    return float(2 * won - 1)


def m_and_r(tables: Tables) -> pd.DataFrame:
    """Return M and R scores, as Itzhak et al. 2016 (doi:10.7554/eLife.16950) describe them.

    M: robust Mahalanobis distances of the differences of each replicate as p values, the largest
    one cubed, Benjamini-Hochberg, -log10. R: the lowest correlation of two replicates' differences.
    """
    every = [table for condition in tables.values() for table in condition]
    names = sorted(set(every[0].index).intersection(*(table.index for table in every[1:])))
    base, treated = tables.values()
    moves = np.stack(
        [
            (b.loc[names] - a.loc[names].to_numpy()).to_numpy()
            for a, b in zip(base, treated, strict=True)
        ]
    )
    p = [
        stats.chi2.sf(MinCovDet(random_state=0).fit(one).mahalanobis(one), one.shape[1])
        for one in moves
    ]
    adjusted = stats.false_discovery_control(np.max(p, axis=0) ** 3)
    centred = moves - moves.mean(axis=2, keepdims=True)
    unit = centred / np.linalg.norm(centred, axis=2, keepdims=True)
    agree = [np.einsum("nf,nf->n", unit[i], unit[j]) for i, j in combinations(range(len(unit)), 2)]
    m = -np.log10(np.maximum(adjusted, 1e-300))
    return pd.DataFrame({"m": m, "r": np.min(agree, axis=0)}, index=names)


def complexes(data: Path) -> Hierarchy:
    """Return the distinct complexes of CORUM as a map of one level."""
    sets: dict[frozenset[str], str] = {}
    with gzip.open(data / CORUM, "rt") as stream:
        for number, line in enumerate(stream):
            name, _, *members = line.rstrip("\n").split("\t")
            sets.setdefault(frozenset(members), f"{name} ({number})")
    proteins = sorted(set().union(*sets))
    place = {name: k for k, name in enumerate(proteins)}
    groups = [range(len(proteins)), *([place[p] for p in sorted(members)] for members in sets)]
    starts = np.cumsum([0, *map(len, groups)])
    columns = np.concatenate([np.array(group) for group in groups])
    membership = sparse.csr_array(
        (np.ones(len(columns), np.float32), columns, starts), shape=(len(groups), len(proteins))
    )
    edges = np.array([(0, k) for k in range(1, len(groups))])
    unknown = np.full(len(groups), np.nan, np.float32)
    names = ("root", *sets.values())
    return Hierarchy(tuple(proteins), names, membership, edges, np.ones(len(groups), int), unknown)


def lopit_thp1(path: Path) -> list[pd.DataFrame]:
    """Return three replicates; each set of ten channels adds up to 1."""
    result = []
    for replicate in _replicates(path, ["rep1_", "rep2_", "rep3_"]):
        for part in ("set1", "set2"):
            mine = [str(name) for name in replicate if part in str(name)]
            replicate[mine] = replicate[mine].div(replicate[mine].sum(axis=1), axis=0)
        result.append(replicate.dropna())
    return result


def maps_hela(path: Path) -> list[pd.DataFrame]:
    """Return three replicates of five fractions."""
    return _replicates(path, ["1_", "2_", "3_"])


def lopit_u2os(data: Path) -> list[pd.DataFrame]:
    """Return three replicates of ten fractions."""
    return _replicates(data / LOPIT, ["rep1", "rep2", "rep3"], "hgnc_symbol")


def _replicates(path: Path, marks: Sequence[str], names: str = "symbol") -> list[pd.DataFrame]:
    table = pd.read_csv(path, sep="\t").dropna(subset=[names]).set_index(names)
    chosen = [table[[str(name) for name in table if mark in str(name)]] for mark in marks]
    return [one.dropna().groupby(level=0).mean() for one in chosen]


if __name__ == "__main__":
    main()
