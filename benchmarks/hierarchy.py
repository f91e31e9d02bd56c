"""Benchmark of map engines against HiDeF: accuracy, speed, stability.

Sections, each printed as a table and written as TSV to the output folder:

    accuracy   the published U2OS co-embedding: recovered complexes and terms at 278 and 197
               assemblies, five seeds, against HiDeF, baselines and random connected subgraphs
    bioplex2   BioPlex 2, the same settings, against HiDeF at no more assemblies
    fused      a fused embedding, against HiDeF on ten nested networks: over 20 minutes
    speed      whole commands in turn, wall time, processor time and memory
    stability  maps of different seeds, of permuted names (which decide how ties are broken) and
               with a tenth of the edges removed
    large      20,000 proteins x 128 dimensions

    python benchmarks/hierarchy.py SECTION ... [--data DIR] [--work DIR] [--peers DIR]
        [--embedding TSV] [--out DIR]

`--work` keeps what was computed, HiDeF's maps above all, so that a section can be run again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from commands import Cost, hidef, measured, once

from cytoweave.artifacts import Hierarchy, Network, TermSet
from cytoweave.data.references import read_gmt
from cytoweave.eval.terms.overlap import assemblies_of
from cytoweave.eval.terms.scores import TermScoring
from cytoweave.eval.terms.splits import PARTS, Split
from cytoweave.maps import Communities, compare, read_hierarchy
from cytoweave.terminal.console import show

PAIRS = "embeddings/U2OS_5183_MUSE_top0.2pct_pairs.tsv.gz"
BIOPLEX2 = "ppi/hidef_example_bioplex2.tsv.gz"
REFERENCES = {
    "corum": "corum/corum4_human.gmt.gz",
    "go_cc": "go/GO_CC_human_propagated_2023-11.gmt.gz",
}
ENGINES = ("multiresolution", "cluster_ensemble")
DENSITIES = (0.002, 0.003, 0.004, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.1)
METRICS = ("recovered", "recovered_groups", "enriched", "mmr")


@dataclass(frozen=True)
class Bench:
    """Where things are, and how peers are called."""

    data: Path
    work: Path
    peers: Path
    out: Path
    embedding: Path | None

    def network(self, name: str) -> Path:
        """Return a network as plain pairs with weights, without a header."""
        plain = self.work / f"{Path(name).name.split('.')[0]}.tsv"
        if not plain.exists():
            table = pd.read_csv(self.data / name, sep="\t")
            table.to_csv(plain, sep="\t", header=False, index=False)
        return plain

    def hidef(self, networks: list[Path], name: str, high: int, persistence: int) -> list[str]:
        """Return the command of HiDeF on one network, or on several as layers."""
        own = hidef(self.peers / "hidef")
        words = [own / "python", own / "hidef_finder.py", "--g", *networks, "--o", self.work / name]
        options = f"--alg leiden --maxres {high} --k {persistence} --skipgml --numthreads 2"
        return [str(word) for word in words] + options.split()

    def ours(self, name: str, *words: str, fresh: bool = False) -> list[str]:
        """Return our command; its run directory is ``work/name``, its store empty if `fresh`."""
        store = self.work / (f"store_{name}" if fresh else "store")
        if fresh:
            shutil.rmtree(store, ignore_errors=True)
        places = [f"out={self.work / name}", f"store={store}", "overwrite=true"]
        return [str(Path(sys.executable).with_name("cytoweave")), "map", *words, *places]

    def terms(self, proteins: tuple[str, ...]) -> dict[tuple[str, str], TermSet]:
        """Return the references by name and half, those of every evaluation."""
        result: dict[tuple[str, str], TermSet] = {}
        for name, path in REFERENCES.items():
            reading = read_gmt(self.data / path).value
            assert isinstance(reading, TermSet)
            split = Split.of(reading)
            result |= {(name, part): split.part(part) for part in PARTS}
        return result


def plain_network(path: Path) -> Network:
    """Return the network of plain pairs."""
    table = pd.read_csv(path, sep="\t", header=None)
    weights = table[2].to_numpy() if table.shape[1] > 2 else None
    return Network.from_pairs(table[0].tolist(), table[1].tolist(), weights)


def scores(hierarchy: Hierarchy, terms: dict[tuple[str, str], TermSet]) -> dict[str, float]:
    """Return the metrics of a map, ``<reference>.<half>.<metric>``."""
    result: dict[str, float] = {"assemblies": len(assemblies_of(hierarchy))}
    for (name, half), reference in terms.items():
        metrics = TermScoring().scores(hierarchy, reference).metrics()
        result |= {f"{name}.{half}.{metric}": metrics[metric] for metric in METRICS}
    return result


def most_persistent(hierarchy: Hierarchy, most: int) -> Hierarchy:
    """Return a flat map of the `most` most persistent assemblies."""
    rows = assemblies_of(hierarchy)
    order = rows[np.argsort(-hierarchy.persistence[rows], kind="stable")][:most]
    return flat(hierarchy.proteins, [hierarchy.membership[[k]].indices for k in sorted(order)])


def flat(proteins: tuple[str, ...], sets: list[np.ndarray]) -> Hierarchy:
    """Return a map of sets right below the root."""
    from scipy import sparse

    rows = [np.arange(len(proteins)), *sets]
    indptr = np.cumsum([0, *map(len, rows)])
    members = sparse.csr_array(
        (np.ones(indptr[-1], np.float32), np.concatenate(rows), indptr),
        shape=(len(rows), len(proteins)),
    )
    members.sort_indices()
    n = len(rows)
    edges = np.column_stack([np.zeros(n - 1), np.arange(1, n)]).astype(np.int32)
    names = tuple(f"A{k}" for k in range(n))
    return Hierarchy(proteins, names, members, edges, np.ones(n, np.int32), np.ones(n, np.float32))


def random_connected(network: Network, like: Hierarchy, seed: int) -> Hierarchy:
    """Return a map of random connected subgraphs of the sizes of another map's assemblies."""
    rng = np.random.default_rng(seed)
    n = len(network.proteins)
    near: list[list[int]] = [[] for _ in range(n)]
    for a, b in network.edges.tolist():
        near[a].append(b)
        near[b].append(a)
    sizes = np.diff(like.membership.indptr)[assemblies_of(like)]
    return flat(network.proteins, [_grown(near, int(size), rng) for size in sizes])


def _grown(near: list[list[int]], size: int, rng: np.random.Generator) -> np.ndarray:
    """A random connected set; begun again where its component is too small."""
    while True:
        inside = {int(rng.integers(len(near)))}
        border = [k for m in inside for k in near[m]]
        while border and len(inside) < size:
            new = border.pop(int(rng.integers(len(border))))
            if new not in inside:
                inside.add(new)
                border += [k for k in near[new] if k not in inside]
        if len(inside) == size:
            return np.array(sorted(inside))


def read(path: Path, proteins: tuple[str, ...]) -> Hierarchy:
    """Return a map over all proteins of its network."""
    return read_hierarchy(path, proteins)


def accuracy(bench: Bench) -> Iterator[dict[str, object]]:
    """Yield the metrics of every map of the U2OS co-embedding."""
    pairs = bench.network(PAIRS)
    network = plain_network(pairs)
    terms = bench.terms(network.proteins)
    once(bench.hidef([pairs], "u2os_hidef", 80, 10), bench.work / "u2os_hidef.nodes")
    theirs = read(bench.work / "u2os_hidef.nodes", network.proteins)
    for most in (278, 197):

        def row(name: str, seed: object, result: Hierarchy, most: int = most) -> dict[str, object]:
            return {"map": name, "most": most, "seed": seed, **scores(result, terms)}

        yield row("HiDeF, most persistent", "", most_persistent(theirs, most))
        for name in (*ENGINES, "hidef", "average_linkage", "hdbscan"):
            for seed in range(1 if name in ("average_linkage", "hdbscan") else 5):
                words = [f"network={pairs}", f"map={name}", f"map.max_assemblies={most}"]
                label = f"u2os_{name}_{most}_{seed}"
                measured(bench.ours(label, *words, f"seed={seed}"), bench.work / f"{label}.log")
                result = read(bench.work / label / "hierarchy.nodes", network.proteins)
                yield row(name, seed, result)
                if name == "multiresolution":
                    null = random_connected(network, result, seed)
                    yield row("random connected subgraphs", seed, null)
    for name in ("chi_5", "chi_10"):
        path = bench.data / f"hierarchies/U2OS_5183_MUSE.{name}.maxres_20.nodes.gz"
        result = read(path, network.proteins)
        yield {
            "map": f"HiDeF, published, {name}",
            "most": len(assemblies_of(result)),
            "seed": "",
            **scores(result, terms),
        }


def bioplex2(bench: Bench) -> Iterator[dict[str, object]]:
    """Yield the metrics of our maps and HiDeF's of BioPlex 2, at no more assemblies."""
    pairs = bench.network(BIOPLEX2)
    network = plain_network(pairs)
    terms = bench.terms(network.proteins)
    name = "bioplex2_hidef"
    once(bench.hidef([pairs], name, 80, 10), bench.work / f"{name}.nodes")
    theirs = read(bench.work / f"{name}.nodes", network.proteins)
    yield {"map": "HiDeF", "seed": "", **scores(theirs, terms)}
    most = len(assemblies_of(theirs))
    for name in ENGINES:
        for seed in range(5):
            label = f"bioplex2_{name}_{seed}"
            words = [f"network={pairs}", f"map={name}", f"map.max_assemblies={most}"]
            measured(bench.ours(label, *words, f"seed={seed}"), bench.work / f"{label}.log")
            result = read(bench.work / label / "hierarchy.nodes", network.proteins)
            yield {"map": name, "seed": seed, **scores(result, terms)}
            if name == "multiresolution":
                null = random_connected(network, result, seed)
                yield {"map": "random connected subgraphs", "seed": seed, **scores(null, terms)}


def fused(bench: Bench) -> Iterator[dict[str, object]]:
    """Yield metrics and costs of maps of an embedding of 5,000 proteins."""
    table, layers = subset(bench, 5000)
    proteins = tuple(sorted(pd.read_csv(table, sep="\t", usecols=[0]).iloc[:, 0].astype(str)))
    terms = bench.terms(proteins)
    name = "fused_hidef"
    cost = once(bench.hidef(layers, name, 80, 10), bench.work / f"{name}.nodes")
    theirs = read(bench.work / f"{name}.nodes", proteins)
    yield {"map": "HiDeF, ten densities", "seed": "", **vars(cost), **scores(theirs, terms)}
    most = len(assemblies_of(theirs))
    for name in ENGINES:
        for seed in range(5):
            label = f"fused_{name}_{seed}"
            words = [f"embedding={table}", f"map={name}", f"map.max_assemblies={most}"]
            command = bench.ours(label, *words, f"seed={seed}", fresh=True)
            cost = measured(command, bench.work / f"{label}.log")
            result = read(bench.work / label / "hierarchy.nodes", proteins)
            yield {"map": name, "seed": seed, **vars(cost), **scores(result, terms)}


def subset(bench: Bench, proteins: int) -> tuple[Path, list[Path]]:
    """Write the first so many proteins of the embedding, and its nested top-fraction networks."""
    if bench.embedding is None:
        raise SystemExit("section fused needs --embedding, e.g. a run's embedding.tsv.gz")
    table = pd.read_csv(bench.embedding, sep="\t", index_col=0)
    chosen = table.sample(proteins, random_state=0).sort_index()
    path = bench.work / f"fused_{proteins}.tsv"
    chosen.to_csv(path, sep="\t")
    vectors = chosen.to_numpy(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    i, j = np.triu_indices(proteins, 1)
    cosine = (vectors @ vectors.T)[i, j]
    order = np.argsort(-cosine, kind="stable")
    names = chosen.index.to_numpy()
    layers = []
    for share in DENSITIES:
        top = order[: round(share * len(order))]
        layers.append(bench.work / f"fused_{proteins}_{share}.tsv")
        pairs = pd.DataFrame({"a": names[i[top]], "b": names[j[top]]})
        pairs.to_csv(layers[-1], sep="\t", header=False, index=False)
    return path, layers


def speed(bench: Bench) -> Iterator[dict[str, object]]:
    """Yield costs of whole commands, in turn, each from an empty store."""
    pairs = bench.network(BIOPLEX2)
    theirs = "HiDeF"
    for turn in range(3):
        for high, persistence in ((25, 5), (80, 10)):
            same = [f"map.range.high={high}.0", f"map.persistence={persistence}"]
            commands = {
                theirs: bench.hidef([pairs], f"speed_{turn}", high, persistence),
                "map=hidef": bench.ours(
                    f"speed_hidef_{high}_{turn}", f"network={pairs}", "map=hidef", *same, fresh=True
                ),
            }
            for name in ENGINES:
                words = [f"network={pairs}", f"map={name}"]
                commands[name] = bench.ours(f"speed_{name}_{high}_{turn}", *words, fresh=True)
            for name, command in commands.items():
                cost: Cost = measured(command, bench.work / "speed.log")
                yield {"map": name, "maxres": high, "turn": turn, **vars(cost)}


def stability(bench: Bench) -> Iterator[dict[str, object]]:
    """Yield mean best Jaccard between maps: of seeds, of names, of fewer edges."""
    hidef_range = ["map.range.high=25.0", "map.persistence=5"]
    for source in (PAIRS, BIOPLEX2):
        pairs = bench.network(source)
        network = plain_network(pairs)
        thin, alias = bench.work / f"thin_{pairs.name}", bench.work / f"alias_{pairs.name}"
        table = pd.read_csv(pairs, sep="\t", header=None)
        table.sample(frac=0.9, random_state=1).to_csv(thin, sep="\t", header=False, index=False)
        renamed = permuted_names(network.proteins)
        other = table.sample(frac=1, random_state=2)
        other[0], other[1] = other[0].map(renamed), other[1].map(renamed)
        other.to_csv(alias, sep="\t", header=False, index=False)
        maps: dict[tuple[str, str], Hierarchy] = {}
        for turn, path in {
            "0": pairs,
            "1": pairs,
            "2": pairs,
            "names": alias,
            "fewer": thin,
        }.items():
            name = f"stability_{pairs.stem}_{turn}"
            once(bench.hidef([path], name, 25, 5), bench.work / f"{name}.nodes")
            files = {"HiDeF": bench.work / f"{name}.nodes"}
            for method in (*ENGINES, "hidef"):
                files[method] = bench.work / f"{name}_{method}" / "hierarchy.nodes"
                words = [f"network={path}", f"map={method}", "map.max_assemblies=278"]
                words += hidef_range if method == "hidef" else []
                words += [f"seed={turn if turn.isdigit() else 0}"]
                measured(bench.ours(f"{name}_{method}", *words), bench.work / f"{name}.log")
            for method, file in files.items():
                result = read(file, network.proteins)
                if turn == "names":
                    back = {new: old for old, new in renamed.items()}
                    result = replace(result, proteins=tuple(back[k] for k in result.proteins))
                maps[method, turn] = result
        for method in files:
            for a, b in (("0", "1"), ("0", "2"), ("1", "2"), ("0", "names"), ("0", "fewer")):
                there, back_again = compare(maps[method, a], maps[method, b]).mean_best
                between = {"names": "names", "fewer": "fewer edges"}.get(b, "seeds")
                yield {
                    "network": pairs.stem, "map": method, "between": between, "pair": f"{a} {b}",
                    "there": there, "back": back_again,
                }  # fmt: skip
        labels = [Communities()(network, seed=seed, workers=2).labels for seed in (0, 1)]
        differ = np.mean([_unlike(a, b) for a, b in zip(*labels, strict=True)])
        yield {"network": pairs.stem, "map": "single partitions that differ", "there": differ}


def permuted_names(proteins: tuple[str, ...]) -> dict[str, str]:
    """Return another protein's name for each: the same network, but sorted otherwise."""
    order = np.random.default_rng(3).permutation(len(proteins)).tolist()
    return {name: proteins[k] for name, k in zip(proteins, order, strict=True)}


def _unlike(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two partitions differ in more than their numbering."""
    pairs = len({*zip(a.tolist(), b.tolist(), strict=True)})
    return not pairs == len(set(a.tolist())) == len(set(b.tolist()))


def large(bench: Bench) -> Iterator[dict[str, object]]:
    """Yield the cost of 20,000 proteins x 128 dimensions, clustered at several scales."""
    rng = np.random.default_rng(0)
    n, width = 20_000, 128
    vectors = sum(
        scale * rng.normal(size=(n // size + 1, width))[np.arange(n) // size]
        for size, scale in ((2000, 1.0), (200, 1.0), (12, 1.0))
    ) + rng.normal(size=(n, width))
    path = bench.work / "large.tsv"
    names = pd.Index([f"P{k:05d}" for k in range(n)], name="id")
    pd.DataFrame(vectors.astype(np.float32), names).to_csv(path, sep="\t", float_format="%.4f")
    command = bench.ours("large", f"embedding={path}", fresh=True)
    cost = measured(command, bench.work / "large.log")
    result = read_hierarchy(bench.work / "large" / "hierarchy.nodes")
    yield {"map": "ours", "proteins": n, "assemblies": len(result.names) - 1, **vars(cost)}


SECTIONS = {
    "accuracy": accuracy,
    "bioplex2": bioplex2,
    "fused": fused,
    "speed": speed,
    "stability": stability,
    "large": large,
}


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return the median of every map over seeds or turns, with the range."""
    keys = [k for k in ("network", "map", "most", "maxres", "between") if k in table]
    values = [k for k in table if k not in (*keys, "seed", "turn", "pair")]

    def cell(column: pd.Series) -> str:
        column = column.dropna()
        low, middle, high = column.min(), column.median(), column.max()
        return f"{middle:.3g}" if low == high else f"{middle:.3g} [{low:.3g}, {high:.3g}]"

    return table.groupby(keys, sort=False, dropna=False)[values].agg(cell).reset_index()


def headed(table: pd.DataFrame) -> pd.DataFrame:
    """Return a turned table with its first row as the names of its columns."""
    names = [f"{name}" for name in table.iloc[0]]
    twice = [f"{name} ({k})" if names.count(name) > 1 else name for k, name in enumerate(names)]
    return table.iloc[1:].set_axis(twice, axis=1)


def main() -> None:
    """Run the sections asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sections", nargs="+", choices=SECTIONS)
    parser.add_argument("--data", type=Path, default=os.environ.get("CYTOWEAVE_DATA", "data"))
    parser.add_argument("--work", type=Path, default=Path("benchmark_work"))
    parser.add_argument("--peers", type=Path, default=Path("benchmark_peers"))
    parser.add_argument("--embedding", type=Path, help="for section fused")
    parser.add_argument("--out", type=Path, default=Path("benchmark_tables"))
    given = parser.parse_args()
    for folder in (given.work, given.peers, given.out):
        folder.mkdir(parents=True, exist_ok=True)
    bench = Bench(
        given.data.resolve(), given.work.resolve(), given.peers.resolve(), given.out,
        given.embedding,
    )  # fmt: skip
    for name in given.sections:
        table = pd.DataFrame(SECTIONS[name](bench))
        table.to_csv(given.out / f"hierarchy_{name}.tsv", sep="\t", index=False)
        result = summary(table)
        show(name, result.T.reset_index().pipe(headed) if result.shape[1] > 8 else result)


if __name__ == "__main__":
    main()
