"""Benchmark of function prediction: held-out annotations, a second source, the published rule.

Sections, each predicted as a table and written as TSV to the output folder:

    crossval   t0 = September 2016, experimental: every predictor and the stack on proteins whose
               annotations are hidden (folds share no protein), and without voters of one complex
    rule       the published rule and ours at the same number of claims, on maps of the published
               pairs with annotations of 2018; hidden annotations, and a matched null
    source     predictions from t0 against the 2018 sets, which filter evidence otherwise
    list       what the lists hold, and ten proteins to be looked at

The stack was chosen on 2,500 proteins (seed 0); `crossval` reports on all the others.

    python benchmarks/functions.py SECTION .. [--data DIR] [--run DIR] [--pairs-map DIR] [--out DIR]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from cytoweave.applications.functions.judging import of_aspect
from cytoweave.applications.functions.knowledge import Knowledge, Mask, Rows, folds_of
from cytoweave.applications.functions.predicting import HIDDEN_SHARE, Predictor
from cytoweave.applications.functions.rule import unexpected_members
from cytoweave.applications.functions.voters import (
    Shares,
    Voters,
    assembly_voters,
    embedding_voters,
    network_voters,
)
from cytoweave.artifacts import Annotations, Hierarchy, Network, TermSet
from cytoweave.data import IdentifierMap, read_gmt, read_network
from cytoweave.data.annotations import read_annotations
from cytoweave.data.ontology_graph import read_ontology
from cytoweave.eval.protein_centric import ProteinCentric, interval
from cytoweave.maps import read_hierarchy
from cytoweave.report import read_run
from cytoweave.terminal.console import show

FOLDS, SEED, DRAWS, NULLS = 4, 1, 1000, 200
RULE_FOLDS, CHOSEN_ON = 3, 2500
T0 = "function/t0_2016-09_swissprot_experimental_go_human.tsv.gz"
ORDER = "function/go_2016_parent_child.tsv.gz"
PROCESS_2018 = "function/enrichr_GO_Biological_Process_2018.gmt.gz"
FUNCTION_2018 = "function/enrichr_GO_Molecular_Function_2018.gmt.gz"
PAIRS = "embeddings/U2OS_5183_MUSE_top0.2pct_pairs.tsv.gz"
MAY_2023 = "hierarchies/U2OS_map_May2023final.nodes.gz"
SHORT = {"biological_process": "BP", "molecular_function": "MF", "cellular_component": "CC"}


@dataclass(frozen=True)
class Bench:
    """Where things are."""

    data: Path
    run: Path
    pairs_map: Path
    out: Path
    folds: int

    def identifiers(self) -> IdentifierMap:
        """Return the symbols of the run's data set."""
        folder = self.data / "idmap"
        uniprot = folder / "uniprot_to_ensembl_hgnc_ens104.tsv.gz"
        return IdentifierMap.read(folder / "hgnc_protein_coding_2021-09.tsv.gz", uniprot)

    def known(
        self,
        files: Sequence[str],
        hierarchy: Hierarchy,
        identifiers: IdentifierMap | None = None,
        controls: Sequence[str] = (),
    ) -> Knowledge:
        """Return annotations, propagated along the ontology of 2016."""
        order = read_ontology(self.data / ORDER)
        tables = [
            read_annotations(
                self.data / name, among=set(hierarchy.proteins), identifiers=identifiers
            )[0].table
            for name in files
        ]
        table = pd.concat(tables, ignore_index=True)
        table = table[table["term"].isin(set(order.row))].reset_index(drop=True)
        return Knowledge.of(Annotations(table, {}), order, [*hierarchy.proteins, *controls])

    def write(self, name: str, table: pd.DataFrame, title: str) -> None:
        """Show a table and write it."""
        show(title, table.round(3))
        table.to_csv(self.out / f"functions_{name}.tsv", sep="\t", index=False)


@dataclass(frozen=True)
class Setting:
    """A map with what is known of its proteins, and the predictors."""

    hierarchy: Hierarchy
    knowledge: Knowledge
    voters: list[Voters]


def of_run(bench: Bench) -> Setting:
    """Return the map of BioPlex and LOPIT with annotations of t0."""
    run = read_run(bench.run)
    identifiers = bench.identifiers()
    reading = read_network(
        bench.data / "ppi/bioplex3_293T.tsv.gz",
        columns=["target", "prey"],
        weight="pInt",
        identifiers=identifiers,
    ).value
    assert isinstance(reading, Network)
    knowledge = bench.known([T0], run.hierarchy, identifiers, reading.proteins)
    rows = knowledge.rows(run.hierarchy.proteins)
    voters = assembly_voters(run.hierarchy, knowledge, rows)
    assert run.embedding is not None
    voters += embedding_voters(run.embedding, knowledge, rows)
    voters += network_voters(reading, knowledge, rows, "ppi")
    voters += network_voters(run.similarity, knowledge, rows, "the map's network")
    return Setting(run.hierarchy, knowledge, voters)


def without_partners(setting: Setting, complexes: TermSet) -> list[Voters]:
    """Return predictors without votes between proteins that share a complex."""
    know = setting.knowledge
    position = {name: k for k, name in enumerate(know.proteins)}
    column = np.array([position.get(name, -1) for name in complexes.proteins])
    members = sparse.coo_array(complexes.members)
    kept = column[members.col] >= 0
    together = sparse.csr_array(
        (np.ones(kept.sum(), np.float32), (members.row[kept], column[members.col[kept]])),
        shape=(len(complexes.terms), len(know.proteins)),
    )
    rows = setting.voters[0].rows
    partner = sparse.csr_array(sparse.csr_array(together[:, rows].T) @ together)
    partner.data[:] = 1
    result = []
    for one in setting.voters:
        weights = one.weights()
        apart = sparse.csr_array(weights - weights.multiply(partner))
        apart.eliminate_zeros()
        eye = sparse.csr_array(sparse.eye_array(len(know.proteins), dtype=np.float32))
        none = np.zeros(len(rows), np.float32)
        result.append(replace(one, left=apart.astype(np.float32), right=eye, itself=none))
    return result


def reported(setting: Setting) -> Rows:
    """Return the known proteins of a map on which nothing was chosen."""
    rows = setting.voters[0].rows
    known = np.flatnonzero(setting.knowledge.known[rows].any(axis=1))
    drawn = np.random.default_rng(0).choice(known, min(CHOSEN_ON, len(known)), replace=False)
    return np.setdiff1d(known, drawn)


def crossval(bench: Bench) -> None:
    """Score every predictor and the stack on hidden proteins."""
    setting = of_run(bench)
    complexes = read_gmt(bench.data / "corum/corum4_human.gmt.gz").value
    assert isinstance(complexes, TermSet)
    bench.write("crossval_proteins", scored(setting, bench.folds), "Hidden proteins")
    apart = replace(setting, voters=without_partners(setting, complexes))
    title = "Hidden proteins, no voter of the same complex"
    bench.write("crossval_complexes", scored(apart, bench.folds), title)


def scored(setting: Setting, folds: int) -> pd.DataFrame:
    """Return scores on proteins of which everything is hidden, fold by fold."""
    know, rows = setting.knowledge, setting.voters[0].rows
    requested = reported(setting)
    fold = folds_of(np.arange(len(requested)), FOLDS, SEED)
    requested, fold = requested[fold < folds], fold[fold < folds]
    predicted: dict[str, list[sparse.csr_array]] = {}
    shape = (len(rows), know.has.shape[1])
    for one in np.unique(fold).tolist():
        inside = np.zeros(len(know.proteins), bool)
        inside[rows[requested[fold == one]]] = True
        seen = know.without(inside)
        predictor = Predictor.fit(seen, setting.voters, seed=SEED)
        pairs, probability, _ = predictor.predict(seen, requested[fold == one])
        columns = {"stack": probability, "naive": pairs.frequency} | {
            "naive given parents": pairs.conditional
        }
        columns |= {v.name: pairs.shares[:, k] for k, v in enumerate(setting.voters)}
        for name, shares in columns.items():
            entries = (pairs.protein, pairs.term)
            predicted.setdefault(name, []).append(sparse.csr_array((shares, entries), shape=shape))
    kept = np.zeros(len(rows), np.float32)
    kept[requested] = 1
    truth = sparse.csr_array(sparse.diags_array(kept, format="csr") @ know.has[rows].astype(float))
    truth.eliminate_zeros()
    whole = {name: sparse.csr_array(sum(parts[1:], parts[0])) for name, parts in predicted.items()}
    return pd.concat(
        [compared(whole, of_aspect(truth.astype(bool), know, k), know, k) for k in range(3)],
        ignore_index=True,
    )


def compared(
    predicted: Mapping[str, sparse.csr_array], truth: sparse.csr_array, know: Knowledge, aspect: int
) -> pd.DataFrame:
    """Return a row for each predictor, the stack's gain paired over proteins."""
    column = sparse.diags_array((know.aspect == aspect).astype(np.float32), format="csr")
    result = {}
    for name, shares in predicted.items():
        inside = sparse.csr_array(shares @ column)
        inside.eliminate_zeros()
        result[name] = ProteinCentric.of(inside, truth, know.information)
    drawn = {name: one.drawn(DRAWS, SEED) for name, one in result.items()}
    stack = result["stack"].metrics()
    rows = []
    for name, one in result.items():
        metrics = one.metrics()
        row: dict[str, object] = {
            "aspect": SHORT[know.aspects[aspect]],
            "predictor": name,
            "proteins": len(one.precision),
        }
        for score in ("fmax", "wfmax", "smin", "coverage"):
            row[score] = metrics[score]
            row[f"{score}_low"], row[f"{score}_high"] = interval(drawn[name][score])
        for score in ("fmax", "wfmax", "smin"):
            row[f"gain_{score}"] = stack[score] - metrics[score]
            low, high = interval(drawn["stack"][score] - drawn[name][score])
            row[f"gain_{score}_low"], row[f"gain_{score}_high"] = low, high
        rows.append(row)
    return pd.DataFrame(rows)


def rule(bench: Bench) -> None:
    """Compare the published rule with ours at the same number of claims."""
    maps = {
        "May 2023": read_hierarchy(bench.data / MAY_2023),
        "ours": read_hierarchy(bench.pairs_map / "hierarchy.nodes"),
    }
    pairs = read_network(
        bench.data / PAIRS, columns=["gene_a", "gene_b"], weight="muse_cosine"
    ).value
    assert isinstance(pairs, Network)
    rows = []
    for name, hierarchy in maps.items():
        know = bench.known([PROCESS_2018], hierarchy, controls=pairs.proteins)
        place = know.rows(hierarchy.proteins)
        votes = assembly_voters(hierarchy, know, place)
        both = [*votes, *network_voters(pairs, know, place, "pairs")]
        whole = unexpected_members(hierarchy, know)
        for hidden in ("some terms of each", "all of a protein"):
            for words, voters in (("assemblies", votes), ("assemblies and pairs", both)):
                predicted = against_rule(Setting(hierarchy, know, voters), hidden, bench.folds)
                rows.append(
                    {"map": name, "hidden": hidden, "predictors": words}
                    | {"claims_with_all_known": len(whole.protein)}
                    | predicted
                )
                print(rows[-1], flush=True)
    bench.write("rule", pd.DataFrame(rows), "The published rule, and ours at as many claims")


def against_rule(setting: Setting, hidden: str, folds: int) -> dict[str, float]:
    """Return claims and precision of the rule, its matched null, and ours, over folds."""
    know, rows = setting.knowledge, setting.voters[0].rows
    known = np.flatnonzero(know.known[rows].any(axis=1))
    fold = folds_of(np.arange(len(known)), RULE_FOLDS, SEED)
    claims, ours, null = [], [], []
    for one in range(min(folds, RULE_FOLDS)):
        requested = known[fold == one]
        inside = np.zeros(len(know.proteins), bool)
        inside[rows[requested]] = True
        part = hidden == "some terms of each"
        seen = know.with_less(inside, HIDDEN_SHARE, SEED + one) if part else know.without(inside)
        lost = sparse.csr_array(know.has.astype(np.int8) - seen.has.astype(np.int8)).astype(bool)
        message = unexpected_members(setting.hierarchy, seen)
        chosen = inside[message.protein]
        protein, term = message.protein[chosen], message.term[chosen]
        claims.append(hits(lost, protein, term))
        null.append(matched(know, seen, lost, rows[requested], protein, term))
        predictor = Predictor.fit(seen, setting.voters, seed=SEED)
        pairs, probability, _ = predictor.predict(seen, requested)
        size = seen.counts[pairs.term]
        fit = (size >= 5) & (size <= 300)
        order = np.flatnonzero(fit)[np.argsort(-probability[fit], kind="stable")]
        order = order[: len(protein)]
        ours.append(hits(lost, rows[pairs.protein[order]], pairs.term[order]))
    by_rule, by_us = (pd.concat(parts, ignore_index=True) for parts in (claims, ours))
    ratio = by_us["hit"].mean() / by_rule["hit"].mean()
    low, high = ratio_interval(by_rule, by_us, len(know.proteins))
    return {
        "claims": float(len(by_rule)),
        "rule": by_rule["hit"].mean(),
        "matched_null": float(np.mean(np.concatenate(null))),
        "ours": by_us["hit"].mean(),
        "ratio": ratio,
        "ratio_low": low,
        "ratio_high": high,
    }


def hits(lost: sparse.csr_array, protein: Rows, term: Rows) -> pd.DataFrame:
    """Return claims with whether each is a hidden annotation."""
    hit = np.asarray(lost[protein, term]).ravel() if len(protein) else np.empty(0)
    return pd.DataFrame({"protein": protein, "hit": hit.astype(float)})


def matched(
    know: Knowledge,
    seen: Knowledge,
    lost: sparse.csr_array,
    requested: Rows,
    protein: Rows,
    term: Rows,
) -> Shares:
    """Return, for draws of another protein of as many terms for each claim, the share of hits."""
    size = np.diff(know.has.indptr)
    order = requested[np.argsort(size[requested], kind="stable")]
    place = np.searchsorted(size[order], size[protein])
    rng = np.random.default_rng(SEED)
    drawn = []
    for _ in range(NULLS if len(protein) else 0):
        other = order[np.clip(place + rng.integers(-25, 26, len(protein)), 0, len(order) - 1)]
        lacks = ~np.asarray(seen.has[other, term]).ravel().astype(bool)
        right = np.asarray(lost[other, term]).ravel().astype(bool)
        drawn.append(right[lacks].mean())
    return np.array(drawn, np.float32)


def ratio_interval(rule: pd.DataFrame, ours: pd.DataFrame, n: int) -> tuple[float, float]:
    """Return the interval of the ratio of precisions, over proteins drawn with replacement."""
    counts = [np.bincount(t["protein"], minlength=n) for t in (rule, ours)]
    right = [np.bincount(t["protein"], weights=t["hit"], minlength=n) for t in (rule, ours)]
    inside = np.flatnonzero(counts[0] + counts[1])
    rng = np.random.default_rng(SEED)
    weights = rng.multinomial(len(inside), np.full(len(inside), 1 / len(inside)), DRAWS)
    shares = [
        (weights @ r[inside]) / (weights @ c[inside]) for r, c in zip(right, counts, strict=True)
    ]
    return interval(shares[1] / np.maximum(shares[0], 1e-9))


def source(bench: Bench) -> None:
    """Count predictions from t0 that the 2018 sets hold; these filter evidence otherwise."""
    setting = of_run(bench)
    know = setting.knowledge
    later = bench.known([PROCESS_2018, FUNCTION_2018], setting.hierarchy, bench.identifiers())
    predictor = Predictor.fit(know, setting.voters, seed=SEED)
    pairs, probability, new = predictor.predict(know, np.arange(len(setting.hierarchy.proteins)))
    name = {term: k for k, term in enumerate(later.ontology.terms)}
    term = np.array([name.get(one, -1) for one in know.ontology.terms])[pairs.term]
    row = later.rows(setting.hierarchy.proteins)[pairs.protein]
    aspect = np.where(term >= 0, later.aspect[np.maximum(term, 0)], 0)
    judged = (term >= 0) & later.known[row, aspect] & (know.counts[pairs.term] <= 300)
    held = np.zeros(len(pairs), bool)
    held[judged] = np.asarray(later.has[row[judged], term[judged]]).ravel()
    rows = []
    for words, fresh in (("nothing known in the aspect", new), ("others known", ~new)):
        for low, high in ((0.02, 0.1), (0.1, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.01)):
            chosen = judged & fresh & (probability >= low) & (probability < high)
            rows.append(
                {"protein": words, "probability": f"{low} to {min(high, 1)}"} | share(held, chosen)
            )
    bench.write("source", pd.DataFrame(rows), "Predictions from 2016 in the sets of 2018")


def share(held: Mask, chosen: Mask) -> dict[str, float]:
    """Return how many pairs there are, and the share that is held, with a Wilson interval."""
    n, p = int(chosen.sum()), float(held[chosen].mean()) if chosen.any() else float("nan")
    z, m = 1.96, max(n, 1)
    centre = (p + z * z / (2 * m)) / (1 + z * z / m)
    reach = z * np.sqrt(p * (1 - p) / m + z * z / (4 * m * m)) / (1 + z * z / m)
    return {"pairs": float(n), "held": p, "low": centre - reach, "high": centre + reach}


def list_(bench: Bench) -> None:
    """Count the lists of a run, and show ten proteins of which nothing is known."""
    result = bench.run / "uses/functions"
    counts = []
    for name in ("functions_25", "functions_50"):
        table = pd.read_csv(result / f"{name}.tsv", sep="\t", keep_default_na=False)
        for words, part in table.groupby("unknown"):
            counts.append(
                {
                    "list": name,
                    "unknown": words,
                    "pairs": len(part),
                    "proteins": part["protein"].nunique(),
                }
            )
    bench.write("lists", pd.DataFrame(counts), "Lists")
    table = table[table["unknown"] == "no annotation is known"]
    first = table.sort_values(["term_size", "probability"], ascending=[True, False])
    first = first.drop_duplicates("protein")
    drawn = first.sample(min(10, len(first)), random_state=SEED)
    bench.write("ten", drawn[["protein", "term", "name", "probability", "evidence"]], "Ten")


SECTIONS = {"crossval": crossval, "rule": rule, "source": source, "list": list_}


def main() -> None:
    """Run the sections that are asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("sections", nargs="+", choices=list(SECTIONS))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--run", type=Path, default=Path("runs/bioplex_lopit"))
    parser.add_argument("--pairs-map", type=Path, default=Path("runs/u2os_pairs"))
    parser.add_argument("--out", type=Path, default=Path("benchmark_tables"))
    parser.add_argument("--folds", type=int, default=FOLDS, help="only the first so many")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    bench = Bench(given.data, given.run, given.pairs_map, given.out, given.folds)
    for name in given.sections:
        started = time.perf_counter()
        SECTIONS[name](bench)
        print(f"{name}: {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
