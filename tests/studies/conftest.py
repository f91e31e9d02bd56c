"""A network whose complexes are known, small enough for a trial to take a fraction of a second."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

COMPLEXES = 16
SIZE = 5


@pytest.fixture
def small(tmp_path: Path) -> list[str]:
    """Return overrides of ``sweep`` for a network of cliques that noise joins."""
    folder = tmp_path / "data"
    folder.mkdir()
    names = [[f"C{c}P{k}" for k in range(SIZE)] for c in range(COMPLEXES)]
    rng = np.random.default_rng(0)
    pairs = [(a, b, 0.9) for members in names for a, b in combinations(members, 2)]
    everyone = [name for members in names for name in members]
    pairs += [(*rng.choice(everyone, 2, replace=False), 0.3) for _ in range(60)]
    (folder / "pairs.tsv").write_text(
        "a\tb\tw\n" + "".join(f"{a}\t{b}\t{w}\n" for a, b, w in pairs)
    )
    terms = "".join(f"c{c}\t-\t" + "\t".join(members) + "\n" for c, members in enumerate(names))
    (folder / "terms.gmt").write_text(terms)
    gmt = f"{{kind: gmt, path: {folder / 'terms.gmt'}}}"
    return [
        "data=own",
        f"data.pairs={{kind: network, path: {folder / 'pairs.tsv'}, columns: [a, b], weight: w}}",
        f"+data.references.corum={gmt}",
        f"+data.references.go_cc={gmt}",
        "map.communities.cpm.count=8",
        "map.communities.modularity.count=4",
        "map.communities.resamples=1",
        "map.communities.thinning=2",
        "eval.nulls=3",
        "eval.objective.seeds=2",
        f"store={tmp_path / 'store'}",
        f"out={tmp_path / 'study'}",
        "study=small",
        "workers=1",
    ]
