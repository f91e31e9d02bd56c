"""Benchmark of PPI encoders against the toolkit's and PecanPy: accuracy and cost.

For each network a fifth of the interactions is held out. The rest is embedded for link prediction,
against pairs of the same degrees; the whole network is embedded to find the pairs of known
complexes, on the half of the reference that settings were chosen on and on the half that was not
looked at. Every embedding is one command, started from the edge list and ended with a table, run in
turn and measured: wall time, processor time, memory. All are of 128 dimensions unless named.

    python benchmarks/encoders.py [--networks bioplex2 bioplex3] [--encoders netmf node2vec ...]
        [--data DIR] [--work DIR] [--peers DIR] [--threads 2] [--out DIR]

`--work` keeps embeddings and costs, so that the benchmark can be stopped and run again.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from commands import environment, once

from cytoweave.artifacts import Embedding, Network, TermSet
from cytoweave.config import load
from cytoweave.data import read_gmt, read_network
from cytoweave.eval import cosine, cosine_of_pairs, edge_metrics, hold_out_edges, retrieval_metrics
from cytoweave.eval.embedding.retrieval import pair_sets
from cytoweave.terminal.console import show

NETWORKS = {
    "bioplex2": ("ppi/hidef_example_bioplex2.tsv.gz", ["a", "b"], None),
    "bioplex3": ("ppi/bioplex3_293T.tsv.gz", ["target", "prey"], "pInt"),
}
OURS = {
    "netmf": [],
    "node2vec": [],
    "node2vec_paper, 128-d": ["ppi_encoder.module.dimensions=128"],
    "gae": [],
}
"""Name of a config, words after a comma aside, and what is changed in it."""

TOOLKIT = """
import sys
import networkx
from node2vec import Node2Vec

edges, out, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
graph = networkx.Graph(line.split("\\t")[:2] for line in open(edges).read().splitlines())
walks = Node2Vec(graph, dimensions=128, walk_length=80, num_walks=10, workers=threads, p=2, q=1)
model = walks.fit(window=10, min_count=0, sg=1, epochs=1)
with open(out, "w") as table:
    print("id", *range(128), sep="\\t", file=table)
    for name in model.wv.index_to_key:
        print(name, *model.wv[name].tolist(), sep="\\t", file=table)
"""
"""What cellmaps_ppi_embedding 0.4.3 does with an edge list, at 128 dimensions."""

SHARE, SPLIT, SEED = 0.2, 1, 0
"""Share of interactions held out, and seeds; settings were chosen on the split of seed 0."""

Command = Callable[[Path, Path], list[str | Path]]
"""From the edge list and the table to be written to the words of a command."""


@dataclass(frozen=True)
class Bench:
    """Where things are."""

    data: Path
    work: Path
    peers: Path
    threads: int

    def network(self, name: str) -> Network:
        """Read one of `NETWORKS`."""
        file, columns, weight = NETWORKS[name]
        result = read_network(self.data / file, columns=columns, weight=weight).value
        assert isinstance(result, Network)
        return result

    def complexes(self, half: str) -> TermSet:
        """Read CORUM 4: ``.tune``, ``.report`` or all of it."""
        result = read_gmt(self.data / f"corum/corum4_human{half}.gmt.gz").value
        assert isinstance(result, TermSet)
        return result

    def commands(self) -> dict[str, Command]:
        """Return how each encoder is called."""
        threads = str(self.threads)

        def ours(name: str) -> Command:
            return lambda edges, out: [sys.executable, __file__, "--encode", name, edges, out]

        def toolkit(edges: Path, out: Path) -> list[str | Path]:
            made = environment(self.peers / "node2vec", ["node2vec==0.4.6", "networkx<2.9"])
            return [made / "python", "-c", TOOLKIT, edges, out, threads]

        def pecanpy(edges: Path, out: Path) -> list[str | Path]:
            made = environment(self.peers / "pecanpy", ["pecanpy==2.0.9", "numpy<2"])
            options = ["--mode=SparseOTF", "--weighted", "--p=2", "--q=1", "--walk-length=80"]
            options += ["--num-walks=10", "--window-size=10", "--epochs=1", f"--workers={threads}"]
            return [made / "pecanpy", "--input", edges, "--output", out, *options]

        peers: dict[str, Command] = {"toolkit": toolkit, "pecanpy": pecanpy}
        return {**{name: ours(name) for name in OURS}, **peers}


def encode(name: str, edges: Path, out: Path) -> None:
    """Embed an edge list by one of our encoders, as a table."""
    from cytoweave.nodes.build import build

    option = name.partition(",")[0]
    config = load("run", [f"ppi_encoder={option}", "trainer.progress=false", *OURS[name]])
    encoder = build("ppi_encoder", config["ppi_encoder"])
    table = pd.read_csv(edges, sep="\t", header=None, keep_default_na=False)
    network = Network.from_pairs(list(table[0]), list(table[1]), table[2])
    more = {} if option == "netmf" else {"training": build("trainer", config["trainer"])}
    more |= {"features": None} if option == "gae" else {}
    result = encoder(network, modality="ppi", seed=SEED, **more)
    pd.DataFrame(result.vectors, index=list(result.proteins)).to_csv(
        out, sep="\t", index_label="id"
    )


def measure(
    bench: Bench, networks: Sequence[str], encoders: Sequence[str]
) -> Iterator[dict[str, object]]:
    """Yield one row per network and encoder."""
    commands = bench.commands()
    for name in networks:
        network = bench.network(name)
        held_out = hold_out_edges(network, SHARE, SPLIT)
        rest, whole = (
            _written(part, bench.work / f"{name}.{kind}.tsv")
            for part, kind in ((held_out.rest, "rest"), (network, "whole"))
        )
        for encoder in encoders:
            word = encoder.replace(", ", "_")
            tables = [file.with_name(f"{file.stem}.{word}.tsv") for file in (rest, whole)]
            costs = [
                once(commands[encoder](file, table), table)
                for file, table in zip((rest, whole), tables, strict=True)
            ]
            embedded = _read(tables[0]).restrict(network.proteins)
            edges = edge_metrics(cosine_of_pairs(embedded.vectors), held_out)
            yield {
                "network": name,
                "encoder": encoder,
                "edges AUROC": edges["auroc"],
                "edges AP": edges["ap"],
                **_complexes(bench, _read(tables[1])),
                **{f"{key} rest": value for key, value in asdict(costs[0]).items()},
                **asdict(costs[1]),
            }


def _complexes(bench: Bench, embedding: Embedding) -> dict[str, float]:
    """Return how well pairs of complexes are found, by half."""
    result: dict[str, float] = {}
    for half, word in (("", "all"), (".tune", "tune"), (".report", "held out")):
        pairs = pair_sets(embedding.proteins, bench.complexes(half))
        metrics = retrieval_metrics(cosine(embedding.vectors), pairs)
        for name in ("auroc", "ap_1to10", "macro_auroc", "macro_auroc.lo", "macro_auroc.hi"):
            result[f"CORUM {word} {name}"] = metrics[name]
    return result


def _written(network: Network, file: Path) -> Path:
    """Write an edge list of three columns without a header."""
    names = np.array(network.proteins)
    table = pd.DataFrame(names[network.edges])
    table.assign(weight=network.weights).to_csv(file, sep="\t", header=False, index=False)
    return file


def _read(file: Path) -> Embedding:
    """Read a table of ours or the toolkit's, or PecanPy's word2vec text."""
    head = file.open().readline()
    separator = "\t" if "\t" in head else " "
    skipped, header = (0, 0) if separator == "\t" else (1, None)
    table = pd.read_csv(
        file, sep=separator, skiprows=skipped, header=header, index_col=0, keep_default_na=False
    )
    return Embedding.of_modality("ppi", list(table.index.astype(str)), table.to_numpy(np.float32))


def main() -> None:
    """Embed one edge list, or measure all encoders."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    known = [*OURS, "toolkit", "pecanpy"]
    parser.add_argument("--encode", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--encoders", nargs="+", choices=known, default=known)
    parser.add_argument("--data", type=Path, default=os.environ.get("CYTOWEAVE_DATA", "data"))
    parser.add_argument("--work", type=Path, default=Path("benchmark_work"))
    parser.add_argument("--peers", type=Path, default=Path("benchmark_peers"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("benchmark_tables"))
    given = parser.parse_args()
    if given.encode:
        name, edges, out = given.encode
        encode(name, Path(edges), Path(out))
        return
    for folder in (given.work, given.out):
        folder.mkdir(parents=True, exist_ok=True)
    bench = Bench(given.data, given.work, given.peers, given.threads)
    table = pd.DataFrame(measure(bench, given.networks, given.encoders))
    table.to_csv(given.out / "encoders_interactions.tsv", sep="\t", index=False)
    show("interactions", table.set_index("encoder").T.reset_index(names=""))


if __name__ == "__main__":
    main()
