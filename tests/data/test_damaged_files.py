# ruff: noqa: E501 - files and pieces of them, as they are
"""Files damaged at random: every reader reads them or refuses them in one line."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from cytoweave.artifacts import Reading
from cytoweave.data import (
    read_corum,
    read_elution,
    read_embedding,
    read_gmt,
    read_go,
    read_hpa,
    read_network,
    read_table,
)
from cytoweave.data.reading import read_hierarchy
from cytoweave.errors import CytoweaveError

PIECES = [
    b"\t", b",", b";", b" ", b"|", b"\n", b"\r", b'"', b"'", b"#", b"%", b"NA", b"nan", b"inf", b"-1",
    b"1e400", b"0", b"1,234", b"0,5", b"\xff", b"\x00", b"\xc2\xa0", b"\xe2\x80\x8b", b"[", b"]", b"{",
    b"}", b"null", b"true", b"99999999999999999999", b"",
]  # fmt: skip

OBO = b"format-version: 1.2\n\n[Term]\nid: GO:1\nname: all\nnamespace: cellular_component\n"

Reader = Callable[[Path], Reading]


def annotated(path: Path) -> Reading:
    obo = path.with_name("go.obo")
    obo.write_bytes(OBO)
    return read_go(obo, annotations=path)


FILES: dict[str, tuple[bytes, Reader]] = {
    "pairs.tsv": (b"bait\tprey\tscore\nA\tB\t0.5\nB\tC;D\t0.25\nC\tA\t1\n", read_network),
    "pairs.csv": (b'"Bait","Prey","Z","WD"\n"A","B",1,0.5\n"B","C",2,0.25\n', read_network),
    "pairs.sif": (b"A pp B C\nB pp C\nD\n", read_network),
    "vectors.tsv": (b"id\t0\t1\nA\t1\t2.5\nB\tNA\t3\nC\t4\t5\n", read_embedding),
    "word2vec.txt": (b"2 2\nA 1 2.5\nB 3 4\n", read_embedding),
    "profiles.tsv": (
        b"gene\tF1\tF2\tReverse\nA;B\t1\t2\t\nB\t3\t4\t+\nC\t5\t6\t\n",
        lambda path: read_elution(path, id="gene", columns="F*"),
    ),
    "table.csv": (b"gene,a,b\nA,1,2\nB,3,4\n", lambda path: read_table(path, id="gene")),
    "sets.gmt": (b"T\td\tA\tB,1.0\tC;D\nS\te\tC\n", read_gmt),
    "corum.tsv": (
        b"ComplexID\tComplexName\tOrganism\tsubunits(Gene name)\n1\tone\tHuman\tA;B\n",
        read_corum,
    ),
    "hpa.csv": (
        b"Gene,Gene name,Reliability,Main location,Additional location\nE,A,Approved,Cytosol,\n",
        read_hpa,
    ),
    "go.gaf": (b"U\tP\tA\tpart_of\tGO:1\tR\tIDA" + b"\t" * 8 + b"\n", annotated),
    "go.gpad": (b"U\tP\tpart_of\tGO:1\tR\tECO:1\t\t\t2020\tX\t\t\n", annotated),
    "go.ont": (b"GO:1\tA\tgene\n", annotated),
    "map.nodes": (b"Top\t3\tA B C\t1\nLow\t2\tA B\t5\n", read_hierarchy),
    "map.ont": (b"Top\tLow\tdefault\nTop\tC\tgene\nLow\tA\tgene\n", read_hierarchy),
    "map.gml": (
        b'graph [\n directed 1\n node [\n id 0\n label "a"\n MemberList "A B"\n Stability 3\n ]\n]\n',
        read_hierarchy,
    ),
    "map.cx2": (
        b'[{"CXVersion": "2.0"}, {"attributeDeclarations": [{"nodes": {"name": {"a": "n"}}}]}, '
        b'{"nodes": [{"id": 0, "v": {"n": "Top", "genes": ["A", "B"], "persistence": 2}}, {"id": 1, '
        b'"v": {"name": "Low", "CD_MemberList": "A"}}]}, {"edges": [{"id": 0, "s": 0, "t": 1}]}]',
        read_hierarchy,
    ),
}


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Put a piece of another kind somewhere, leave something out, or shuffle the lines."""
    for _ in range(rng.choice([1, 1, 2, 4])):
        start = rng.randrange(len(content) + 1)
        stop = min(len(content), start + rng.choice([0, 1, 3, 20]))
        content = content[:start] + rng.choice(PIECES) + content[stop:]
    if rng.random() < 0.2:
        lines = content.split(b"\n")
        content = b"\n".join(rng.sample(lines, rng.randint(1, len(lines))))
    return content


def refusal(reader: Reader, path: Path) -> str:
    """Return why a file is refused, "" if it is read."""
    try:
        reader(path)
    except CytoweaveError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("rounds", [30, pytest.param(400, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", FILES)
def test_damage_is_read_or_refused_in_one_line(tmp_path: Path, name: str, rounds: int) -> None:
    content, reader = FILES[name]
    path = tmp_path / name
    path.write_bytes(content)
    reader(path)
    rng, refused = random.Random(name), 0
    for _ in range(rounds):
        path.write_bytes(damaged(content, rng))
        message = refusal(reader, path)
        assert "\n" not in message, path.read_bytes()
        refused += bool(message)
    assert refused > 0
