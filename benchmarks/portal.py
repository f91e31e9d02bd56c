"""Benchmark of portals of generated maps: writing time, size, and loading time.

    python benchmarks/portal.py write OUT [PROTEINS ASSEMBLIES]    # writes OUT/portal, prints a row
    python benchmarks/portal.py open OUT                           # opens it in headless Chromium

A generated map is a tree of assemblies with some that have two parents. Proteins of an assembly
bind each other, look alike and elute together, the smaller it is the more; the rest is noise.
"""

from __future__ import annotations

import heapq
import json
import shutil
import sys
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from scipy import sparse

from cytoweave.artifacts import ElutionProfiles, Embedding, Hierarchy, Network, Scores
from cytoweave.report import RunResult
from cytoweave.report.annotations import TERM_COLUMNS
from cytoweave.report.atlas import write_portal
from cytoweave.report.atlas.evidence import evidence_of
from cytoweave.report.measured import NAME_COLUMNS, Measured, Thumbnails

CHROMIUM = "/usr/bin/chromium"
WIDTH, FRACTIONS = 128, 60
PICTURED = 400
"""Proteins that have a thumbnail."""
SPLIT = (2, 6)
PLACED = 0.9
"""Share of an assembly's proteins that are in a part of it."""

Rows = list[NDArray[np.int64]]


def generated(n: int, count: int, seed: int = 0) -> RunResult:
    """Return a run with a map of `n` proteins in about `count` assemblies."""
    rng = np.random.default_rng(seed)
    hierarchy = _hierarchy(n, count, rng)
    vectors, image = _vectors(hierarchy, rng), _vectors(hierarchy, rng)
    present = np.column_stack([np.ones(n, bool), rng.random(n) < 0.7])
    seen = np.flatnonzero(present[:, 1])
    proteins = hierarchy.proteins
    pairs = _interactions(hierarchy, rng)
    return RunResult(
        config={"title": f"Generated map of {n:,} proteins", "seed": seed},
        hierarchy=hierarchy,
        similarity=pairs,
        embedding=Embedding(proteins, vectors, ("ppi", "image"), present),
        modalities={
            "image": Embedding.of_modality("image", [proteins[k] for k in seen], image[seen])
        },
        scores=Scores({}, _tables(hierarchy, rng)),
        identifiers=pd.DataFrame(),
        layout=_plane(vectors),
        measured=Measured(
            {"ppi": pairs},
            {"sec": _elution(hierarchy, rng)},
            _cells(proteins, rng),
            _names(proteins),
        ),
    )


def _hierarchy(n: int, count: int, rng: np.random.Generator) -> Hierarchy:
    members: Rows = [np.arange(n)]
    edges: list[tuple[int, int]] = []
    waiting = [(-n, 0)]
    while waiting and len(members) <= count:
        _, row = heapq.heappop(waiting)
        placed = rng.permutation(members[row])[: int(PLACED * len(members[row]))]
        for part in np.array_split(placed, rng.integers(*SPLIT)):
            if len(part) < 4 or len(members) > count:
                continue
            edges.append((row, len(members)))
            heapq.heappush(waiting, (-len(part), len(members)))
            members.append(np.sort(part))
    _second_parents(members, edges, rng)
    held = sparse.csr_array(
        (
            np.ones(sum(map(len, members)), np.float32),
            np.concatenate(members).astype(np.int32),
            np.cumsum([0, *map(len, members)]).astype(np.int32),
        ),
        shape=(len(members), n),
    )
    names = ("root", *(f"C{k}" for k in range(1, len(members))))
    persistence = rng.integers(1, 200, len(members)).astype(np.int32)
    persistence[0] = 0
    stability = rng.random(len(members)).astype(np.float32)
    stability[0] = np.nan
    rows = np.array(edges, np.int32)
    return Hierarchy(
        tuple(f"P{k:05d}" for k in range(n)), names, held, rows, persistence, stability
    )


def _second_parents(members: Rows, edges: list[tuple[int, int]], rng: np.random.Generator) -> None:
    """Put one assembly in fifty below a sibling of its parent too."""
    parent = {below: above for above, below in edges}
    for row in rng.permutation(np.arange(1, len(members)))[: len(members) // 50].tolist():
        above = parent[row]
        controls = [k for k, p in parent.items() if above and p == parent[above] and k != above]
        if controls:
            members[controls[0]] = np.union1d(members[controls[0]], members[row])
            edges.append((controls[0], row))


def _vectors(hierarchy: Hierarchy, rng: np.random.Generator) -> NDArray[np.float32]:
    centres = rng.normal(size=(len(hierarchy.names), WIDTH))
    held = hierarchy.membership.astype(float)
    noise = rng.normal(size=(len(hierarchy.proteins), WIDTH))
    return np.asarray(held[1:].T @ centres[1:] + 1.5 * noise, np.float32)


def _plane(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    u, s, _ = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    return np.asarray((u * s)[:, :2], np.float32)


def _interactions(hierarchy: Hierarchy, rng: np.random.Generator) -> Network:
    n, ends = len(hierarchy.proteins), []
    for row in np.flatnonzero(hierarchy.sizes < 30).tolist():
        start, stop = hierarchy.membership.indptr[row : row + 2]
        own = hierarchy.membership.indices[start:stop]
        ends.append(rng.choice(own, (2 * len(own), 2)))
    ends.append(rng.integers(0, n, (2 * n, 2)))
    pairs = np.unique(np.sort(np.concatenate(ends), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] < pairs[:, 1]].astype(np.int32)
    return Network(hierarchy.proteins, pairs, rng.random(len(pairs)).astype(np.float32) + 0.01)


def _elution(hierarchy: Hierarchy, rng: np.random.Generator) -> ElutionProfiles:
    shown = np.sort(rng.permutation(len(hierarchy.proteins))[: len(hierarchy.proteins) // 2])
    peaks = rng.uniform(5, FRACTIONS - 5, len(shown))[:, None]
    amounts = np.exp(-((np.arange(FRACTIONS) - peaks) ** 2) / 18).astype(np.float32)
    return ElutionProfiles(tuple(hierarchy.proteins[k] for k in shown), amounts[None])


def _cells(proteins: tuple[str, ...], rng: np.random.Generator) -> dict[str, Thumbnails]:
    shown = proteins[:PICTURED]
    sheets = []
    for _ in range(-(-len(shown) // 64)):
        packed = BytesIO()
        noise = rng.integers(0, 255, (96, 96, 3), np.uint8)
        Image.fromarray(noise).resize((768, 768)).save(packed, "JPEG")
        sheets.append(packed.getvalue())
    return {"image": Thumbnails(shown, tuple(sheets))}


def _names(proteins: tuple[str, ...]) -> pd.DataFrame:
    rows = [
        (name, f"protein number {k}", f"ALIAS{k}|OLD{k}", f"Q{k:05d}", f"ENSG{k:011d}", "", "")
        for k, name in enumerate(proteins)
    ]
    return pd.DataFrame(rows, columns=list(NAME_COLUMNS))


def _tables(hierarchy: Hierarchy, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    jaccard = rng.random(len(hierarchy.names)).round(6)
    rows = []
    for k, name in enumerate(hierarchy.names[1:], 1):
        held = hierarchy.members_of(k)
        shared = held[: max(1, int(len(held) * jaccard[k]))]
        kind = "documented" if jaccard[k] >= 0.5 else "variant"
        kind = kind if jaccard[k] >= 0.2 else "undocumented"
        numbers = (len(shared), max(jaccard[k], 0.1), 1e-9, 1e-7)
        rows.append(
            (name, "corum", str(k), f"Complex number {k}", *numbers, kind, " ".join(shared))
        )
    columns = [*TERM_COLUMNS, "genes"]
    tests = pd.DataFrame({"assembly": hierarchy.names[1:], "reference": "sec"})
    tests["p"] = rng.random(len(tests))
    tests["fdr"] = np.minimum(2 * tests["p"], 1)
    return {"assemblies_terms": pd.DataFrame(rows, columns=columns), "coelution": tests}


def peak_mb() -> int:
    """Return the largest memory of this program; `getrusage` counts that of its parent too."""
    status = Path("/proc/self/status").read_text()
    return round(int(status.partition("VmHWM:")[2].split()[0]) / 1024)


def write(out: Path, n: int, count: int) -> dict[str, float]:
    """Write a generated portal; return seconds, peak memory in MB, and size in MB."""
    result = generated(n, count)
    out.mkdir(parents=True, exist_ok=True)
    began, cpu = time.perf_counter(), time.process_time()
    write_portal(out, result, result.annotations(), evidence_of(result), {})
    size = sum(path.stat().st_size for path in (out / "portal").rglob("*") if path.is_file())
    return {
        "proteins": n,
        "assemblies": len(result.hierarchy.names) - 1,
        "memberships": int(result.hierarchy.membership.nnz),
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "peak_mb": peak_mb(),
        "size_mb": round(size / 1e6, 1),
    }


def opened(out: Path, frames: int = 10) -> dict[str, float]:
    """Open a portal from disk; return processor time until it can be used, heap, and zoom frames.

    Frames are the time that drawing the cell view takes; the median of `frames` steps of zooming.
    """
    from playwright.sync_api import sync_playwright  # only where a browser is at hand

    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or CHROMIUM
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")

        def metrics() -> dict[str, float]:
            result = session.send("Performance.getMetrics")["metrics"]
            return {one["name"]: float(one["value"]) for one in result}

        page.goto((out / "portal" / "index.html").absolute().as_uri())
        page.wait_for_selector("body[data-ready]", state="attached")
        ready = metrics()
        page.wait_for_selector("body[data-cell]", state="attached", timeout=60_000)
        drawn = []
        for k in range(frames):
            page.mouse.move(300 + 20 * k, 300)
            page.mouse.wheel(0, -200 if k % 3 else 150)
            page.wait_for_timeout(120)
            drawn.append(float(page.evaluate("document.body.dataset.frame")))
        browser.close()
    return {
        "ready_s": round(ready["TaskDuration"], 3),
        "heap_mb": round(ready["JSHeapUsedSize"] / 1e6, 1),
        "frame_ms": float(np.median(drawn)),
        "slowest_frame_ms": max(drawn),
    }


def main() -> None:
    """Do what the command line asks for."""
    verb, out, *sizes = sys.argv[1:]
    if verb == "open":
        print(json.dumps(opened(Path(out))))
        return
    n, count = map(int, sizes or (20_000, 2_000))
    print(json.dumps(write(Path(out), n, count)))


if __name__ == "__main__":
    main()
