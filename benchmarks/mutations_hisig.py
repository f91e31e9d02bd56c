"""HiSig's speed and parity with R's glmnet and with the published example."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from mutations_bench import Bench

from cytoweave.applications.mutations.hisig import HiSig
from cytoweave.eval.terms.overlap import Index, Values
from cytoweave.terminal.console import console, show

ASSEMBLIES, PERMUTATIONS, CORES = 275, 10_000, 2
BY_GLMNET = 5
"""Permutations that glmnet does too."""
ALIKE = 0.95
"""Jaccard index above which two terms are one for glmnet: it stops before their shares settle."""

GLMNET = """
suppressMessages({library(Matrix); library(glmnet)})
y <- scan("y.txt", quiet = TRUE); s <- scan("starts.txt", quiet = TRUE)
i <- scan("genes.txt", quiet = TRUE); n <- length(y); a <- length(s) - 1
h <- sparseMatrix(i = i + 1, j = rep(1:a, diff(s)), x = 1, dims = c(n, a))
x <- cbind(Diagonal(n), h)
"""
TIMED = """
l <- scan("lambdas.txt", quiet = TRUE); p <- as.matrix(read.table("permuted.txt"))
t <- system.time(for (k in 1:ncol(p)) glmnet(x, p[, k], standardize = FALSE, lower.limits = 0,
                                             lambda = l))
cat(sum(t[1:2]) / ncol(p))
"""
FITTED = """
for (t in c(1e-7, 1e-11)) {
  f <- glmnet(x, y, standardize = FALSE, lower.limits = 0, lambda.min.ratio = 1e-4, nlambda = 500,
              thresh = t, maxit = 1e7)
  total <- colSums(round(f$beta, 6)); ok <- total > 0
  b <- round(as.matrix(f$beta[(n + 1):(n + a), ok]), 6)
  write.table(apply(sweep(b, 2, total[ok] + f$a0[ok], "/"), 1, max), paste0("found", t),
              row.names = FALSE, col.names = FALSE)
}
"""


def speed(bench: Bench) -> None:
    """Time all permutations on two cores, and some of them in R."""
    result = _of_size(bench.hisig(bench.real, PERMUTATIONS, 10**6, CORES)[0], ASSEMBLIES)
    _ = result.selection
    wall, used = time.perf_counter(), time.process_time()
    result.p_values("parser")
    wall, used = time.perf_counter() - wall, time.process_time() - used
    row = {
        "assemblies": len(result.sets),
        "genes": len(result.scores),
        "lambdas": len(result.lambdas),
        "permutations": PERMUTATIONS,
        "minutes on 2 cores": wall / 60,
        "CPU minutes": used / 60,
        "CPU s each": used / PERMUTATIONS,
    }
    rng = np.random.default_rng(0)
    permuted = np.column_stack([rng.permutation(result.scores) for _ in range(BY_GLMNET)])
    files = {"lambdas": result.lambdas, "permuted": permuted}
    seconds = _in_r(GLMNET + TIMED, result, files, None)
    if seconds is not None:
        each = float(seconds)
        row |= {"glmnet, CPU s each": each, "glmnet to ours": each * PERMUTATIONS / used}
    show("HiSig's permutations", pd.DataFrame([row]).T.reset_index())


def _of_size(result: HiSig, count: int) -> HiSig:
    """Return HiSig with so many assemblies: further ones have genes drawn anew."""
    rng, sets = np.random.default_rng(0), list(result.sets)
    for k in range(count - len(sets)):
        sets.append(rng.choice(len(result.scores), len(sets[k]), replace=False))
    return replace(result, sets=sets[:count])


def parity(bench: Bench) -> None:
    """Compare selections of HiSig's example: ours, published, by glmnet at two thresholds."""
    folder = bench.data / "cancer"
    scores, names, sets = example(folder)
    ours = pd.Series(HiSig(scores, sets, 1, 0, 1).selection, names)
    summary = pd.read_csv(folder / "hisig_example_published_summary.tsv.gz", sep="\t")
    published = summary.set_index("System_name")["Selection_pressure"]
    apart = published.index[_nearest(names, sets, list(published.index)) < ALIKE]
    rows = [
        _compared("ours, published", ours, published),
        _compared("ours, published, terms without a double", ours, published[apart]),
    ]
    with tempfile.TemporaryDirectory() as place:
        made = HiSig(scores, sets, 1, 0, 1)
        if _in_r(GLMNET + FITTED, made, {"y": scores}, Path(place)) is not None:
            for name, message in (("1e-07", "default"), ("1e-11", "10^-11")):
                other = pd.Series(np.loadtxt(Path(place) / f"found{name}"), names)
                rows.append(_compared(f"glmnet at {message}, published", other, published))
                rows.append(_compared(f"ours, glmnet at {message}", ours, other))
    show("Selection of HiSig's example", pd.DataFrame(rows))


def example(folder: Path) -> tuple[Values, list[str], list[Index]]:
    """Return scores of genes, names of terms and their genes, those of terms below included."""
    genes = pd.read_csv(folder / "hisig_example_genes.txt.gz", header=None)[0].astype(str)
    y = pd.read_csv(folder / "hisig_example_signals_in_gene_order.txt.gz", header=None)[0]
    tree = pd.read_csv(folder / "hisig_example_ontology.tsv.gz", sep="\t", header=None, dtype=str)
    place = {name: k for k, name in enumerate(genes)}
    names = sorted(set(tree[0]) | (set(tree[1]) - set(place)))
    below: dict[str, list[str]] = {name: [] for name in names}
    for parent, child in zip(tree[0], tree[1], strict=True):
        below[parent].append(child)

    def genes_of(name: str) -> set[int]:
        if name in place:
            return {place[name]}
        return set().union(*(genes_of(child) for child in below[name]))

    return y.to_numpy(float), names, [np.array(sorted(genes_of(name))) for name in names]


def _nearest(names: list[str], sets: list[Index], chosen: list[str]) -> Values:
    """Return the largest Jaccard index of each chosen term with another chosen one."""
    place = {name: k for k, name in enumerate(names)}
    member = np.zeros((len(chosen), 1 + max(int(one.max()) for one in sets)), np.float32)
    for row, name in enumerate(chosen):
        member[row, sets[place[name]]] = 1
    shared, sizes = member @ member.T, member.sum(axis=1)
    jaccard = shared / (sizes[:, None] + sizes[None] - shared)
    np.fill_diagonal(jaccard, 0)
    return np.asarray(jaccard.max(axis=1), float)


def _compared(name: str, first: pd.Series[float], second: pd.Series[float]) -> dict[str, object]:
    a, b = first[second.index].to_numpy(float), second.to_numpy(float)
    r = float(np.corrcoef(a, b)[0, 1])
    return {"compared": name, "terms": len(a), "r": f"{r:.10f}",
            "largest difference": f"{np.abs(a - b).max():.1g}"}  # fmt: skip


def _in_r(script: str, result: HiSig, files: dict[str, Values], place: Path | None) -> str | None:
    """Return what an R script prints, None where there is no R with glmnet."""
    program = shutil.which("Rscript")
    test = [program or "", "-e", "library(glmnet)"]
    if program is None or subprocess.run(test, capture_output=True, check=False).returncode:
        console.print("No Rscript with glmnet (Debian: r-cran-glmnet), so it is left out.")
        return None
    with tempfile.TemporaryDirectory() as own:
        folder = place or Path(own)
        given = {"y": result.scores, "starts": result.starts, "genes": result.genes} | files
        for name, values in given.items():
            np.savetxt(folder / f"{name}.txt", values)
        (folder / "script.R").write_text(script)
        command = [program, "script.R"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout
