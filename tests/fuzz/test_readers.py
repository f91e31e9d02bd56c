"""Hypothesis: whatever bytes a file holds, a reader reads them or refuses them in one line.

    pytest -m slow tests/fuzz

Half of the inputs are files of each form with pieces of them replaced, repeated, cut or joined with
what breaks readers; half are tables of such pieces, and bytes. The inputs are the same in each run;
`CYTOWEAVE_FUZZ` sets how many each form gets.
"""

import gzip
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from cytoweave.data.reading import read
from cytoweave.errors import CytoweaveError
from cytoweave.maps import calibrated
from cytoweave.nodes import yaml_files

hypothesis = pytest.importorskip("hypothesis", reason="of the extra `dev`")
st = hypothesis.strategies

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("CYTOWEAVE_FUZZ", "100"))

CONFIG = hypothesis.settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)

PIECES = [
    b"\t", b",", b";", b" ", b"|", b"\n", b"\r\n", b'"', b"'", b"#", b"%", b"[", b"]", b"{", b"}",
    b":", b"NA", b"nan", b"inf", b"-inf", b"-1", b"0", b"1e400", b"1e-400", b"1,234.5", b"0,5",
    b"99999999999999999999", b"\xff\xfe", b"\xef\xbb\xbf", b"\x00", b"\xc2\xa0", b"\xe2\x80\x8b",
    b"null", b"true", b"=1+1", b"A", b"A;B", b"CON__A", b"1-Mar", b"sp|P12345|A_HUMAN", b"0.5",
    b"id", b"bait\tprey", b"!!python/object:os.system", b"&a [*a]", b"<<: *a", b"\x1f\x8b\x08",
    b"default", b"[Term]", b"id: GO:1", b"is_a: GO:1", b"root", b"graph [", b"-" * 5000,
]  # fmt: skip
"""What breaks readers."""

GO_TERMS = b"format-version: 1.2\n\n[Term]\nid: GO:1\nname: all\nnamespace: cellular_component\n"

CX2 = (
    b'[{"CXVersion":"2.0"},{"nodes":[{"id":0,"v":{"name":"root","CD_MemberList":"A B C"}},'
    b'{"id":1,"v":{"name":"x","CD_MemberList":"A B"}}]},{"edges":[{"id":0,"s":0,"t":1}]}]'
)

FORMS: dict[str, tuple[bytes, dict[str, object]]] = {
    "pairs.tsv": (b"bait\tprey\tscore\nA\tB\t0.5\nB\tC;D\t0.25\n", {"kind": "network"}),
    "pairs.csv": (b'"Bait","Prey","Z","WD"\n"A","B",1,0.5\n', {"kind": "network"}),
    "pairs.sif": (b"A pp B C\nB pp C\nD\n", {"kind": "network"}),
    "saint.txt": (
        b"Bait\tPrey\tPreyGene\tctrlCounts\tSaintScore\tAvgP\nA\tQ\tB\t0|1\t0.9\t0.9\n",
        {"kind": "network"},
    ),
    "vectors.tsv": (b"id\t0\t1\nA\t1\t2.5\nB\tNA\t3\nC\t4\t5\n", {"kind": "embedding"}),
    "table.csv": (b"gene,a,b\nA,1,2\nB,3,4\n", {"kind": "table", "id": "gene"}),
    "profiles.tsv": (
        b"gene\tF1\tF2\tReverse\nA;B\t1\t2\t\nB\t3\t4\t+\n",
        {"kind": "elution", "id": "gene", "columns": "F*"},
    ),
    "corum.tsv": (
        b"ComplexID\tComplexName\tOrganism\tsubunits(Gene name)\n1\tone\tHuman\tA;B\n",
        {"kind": "corum"},
    ),
    "sets.gmt": (b"T\td\tA\tB,1.0\tC;D\nS\te\tC\n", {"kind": "gmt"}),
    "hpa.csv": (
        b"Gene,Gene name,Reliability,Main location,Additional location\nE,A,Approved,Cytosol,\n",
        {"kind": "hpa"},
    ),
    "goa.gaf": (
        b"!gaf-version: 2.2\nUniProtKB\tP1\tA\tlocated_in\tGO:1\tPMID:1\tIDA\t\tC\t\t\tprotein"
        b"\ttaxon:9606\t20200101\tX\n",
        {"kind": "go"},
    ),
    "map.nodes": (b"root\t3\tA B C\t0\nx\t2\tA B\t3\n", {"kind": "hierarchy"}),
    "map.cx2": (CX2, {"kind": "hierarchy"}),
    "map.ont": (b"Parent\tChild\tType\nx\tA\tgene\nroot\tx\tdefault\n", {"kind": "hierarchy"}),
    "map.gml": (
        b'graph [\n directed 1\n node [\n id 0\n label "root"\n MemberList "A B"\n ]\n]\n',
        {"kind": "hierarchy"},
    ),
    "images.csv": (
        b"protein,image,red,green,blue,yellow\nA,1,a.png,b.png,c.png,d.png\n",
        {"kind": "images"},
    ),
}
"""A sound file of each form, and the node that reads it."""


def damaged(content: bytes) -> object:
    """Return a strategy of what may become of a sound file."""
    places = st.integers(0, len(content))
    change = st.tuples(places, places, st.lists(st.sampled_from(PIECES), max_size=4))
    changes = st.lists(change, min_size=1, max_size=4).map(lambda all_: _changed(content, all_))
    table = st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join)
    result = st.one_of(changes, changes, table, st.binary(max_size=200))
    packed = result.map(lambda raw: gzip.compress(raw, mtime=0))
    cut = packed.map(lambda raw: raw[: max(len(raw) // 2, 1)])
    return st.one_of(result, result, result, packed, cut)


def _changed(content: bytes, changes: list[tuple[int, int, list[bytes]]]) -> bytes:
    for start, end, pieces in changes:
        content = content[:start] + b"".join(pieces) + content[end:]
    return content


def fuzzed(work: Callable[[bytes], object], content: bytes) -> None:
    """Do something with `EXAMPLES` damaged files; each must do, or be refused in one line."""

    def check(raw: bytes) -> None:
        try:
            work(raw)
        except CytoweaveError as error:
            refusal = str(error)
        else:
            return
        assert refusal.strip()
        assert "\n" not in refusal

    CONFIG(hypothesis.given(damaged(content))(check))()


Limited = Callable[[], AbstractContextManager[None]]


@pytest.mark.parametrize("name", FORMS)
def test_a_reader_reads_or_refuses(name: str, tmp_path: Path, limited: Limited) -> None:
    content, given = FORMS[name]
    path = tmp_path / name
    node = given | {"path": str(path)}
    if given["kind"] == "go":
        (tmp_path / "go.obo").write_bytes(GO_TERMS)
        node = {"kind": "go", "obo": str(tmp_path / "go.obo"), "annotations": str(path)}
    if given["kind"] == "images":
        node = {"kind": "images", "manifest": str(path)}

    def work(raw: bytes) -> None:
        path.write_bytes(raw)
        with limited():
            read("data.references.x", node, identifiers=None, strict=False)

    work(content) if given["kind"] != "images" else None
    fuzzed(work, content)


def test_an_ontology_is_read_or_refused(tmp_path: Path, limited: Limited) -> None:
    path, annotations = tmp_path / "go.obo", tmp_path / "a.gaf"
    annotations.write_bytes(FORMS["goa.gaf"][0])
    node = {"kind": "go", "obo": str(path), "annotations": str(annotations)}

    def work(raw: bytes) -> None:
        path.write_bytes(raw)
        with limited():
            read("data.references.x", node, identifiers=None, strict=False)

    fuzzed(work, GO_TERMS)


def test_a_yaml_file_is_read_or_refused(tmp_path: Path, limited: Limited) -> None:
    path = tmp_path / "config.yaml"

    def work(raw: bytes) -> None:
        path.write_bytes(raw)
        with limited():
            yaml_files.read(path)

    fuzzed(work, b"title: x\ndata:\n  modalities: {a: {kind: network}}\nseed: 1\n")


def test_a_calibration_is_read_or_refused(tmp_path: Path, limited: Limited) -> None:
    path = tmp_path / "sizes.tsv"

    def work(raw: bytes) -> None:
        path.write_bytes(raw)
        with limited():
            calibrated(str(path))

    fuzzed(work, b"proteins\tnm\n10\t20\n100\t80\n1000\t400\n")
