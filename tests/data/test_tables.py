from pathlib import Path

import numpy as np
import pytest
from scipy.stats import zscore

from cytoweave.artifacts import Embedding, Reading
from cytoweave.data import IdentifierMap, read_embedding, read_table
from cytoweave.errors import ConfigError, DataError


def write(folder: Path, text: str) -> Path:
    path = folder / "table.tsv"
    path.write_text(text)
    return path


def embedding(reading: Reading) -> Embedding:
    assert isinstance(reading.value, Embedding)
    return reading.value


@pytest.mark.parametrize(
    "header",
    ["id\t0\t1\n", "\t0\t1\n", "0\t1\n", "1\t2\n", "gene\tUnnamed: 0\t1\n", ""],
    ids=["plain", "empty-first", "one-less", "one-less-from-1", "unnamed", "none"],
)
def test_every_header_form(tmp_path: Path, header: str) -> None:
    reading = read_embedding(write(tmp_path, f"{header}B\t1.5\t-2\nA\t0\t1e-3\n"), modality="m")
    value = embedding(reading)
    assert value.proteins == ("A", "B")
    np.testing.assert_allclose(value.vectors, [[0, 1e-3], [1.5, -2]])
    assert value.vectors.dtype == np.float32
    assert value.modalities == ("m",)
    assert value.present.all()
    assert reading.notes == ()


def test_gaps_and_repeats_are_noted(tmp_path: Path) -> None:
    text = "id\t0\t1\nA\t1\t2\nA\t3\t\nB\tNA\t6\nC\t\t\n\t1\t1\n"
    reading = read_embedding(write(tmp_path, text))
    value = embedding(reading)
    assert value.proteins == ("A", "B")
    np.testing.assert_allclose(value.vectors, [[2, 2], [2, 6]])
    assert reading.notes == (
        "table.tsv: 1 rows lack a name and were left out (row 6).",
        "table.tsv: 1 rows hold no value and were left out (row 5).",
        "table.tsv: 1 proteins have several rows, which were averaged (1 rows more than "
        "proteins, e.g. 'A').",
        "table.tsv: 1 missing values in 1 proteins were set to their column's mean.",
    )


def test_names_that_become_one_are_averaged(tmp_path: Path) -> None:
    identifiers = IdentifierMap(frozenset("A"), {"P12345": "A"}, {})
    reading = read_embedding(write(tmp_path, "id\t0\nA\t1\nP12345-2\t2\n"), identifiers=identifiers)
    assert embedding(reading).vectors.tolist() == [[1.5]]
    assert reading.identifiers.to_numpy().tolist() == [["P12345-2", "A", "translated"]]
    assert "2 names were merged into 1 symbols" in reading.notes[0]


@pytest.mark.parametrize(
    "text",
    [
        "2 2\nA 1 2\nB 3 4\n",
        ",protein,0,1\n0,A,1,2\n1,B,3,4\n",
        "protein\tlocation\t0\t1\nA\tcytosol\t1\t2\nB\tNA\t3\t4\n",
        "A\tcytosol\t1\t2.0\nB\tnucleus\t3\t4\n",
        "protein;0;1\nA;1,0;2\nB;3;4,0\n",
        "A\tNA\t2\nA\t1\t2\nB\t3\t4\nZ\t0\t0\n",
    ],
    ids=["word2vec", "pandas-index", "metadata", "metadata-headless", "commas", "gap-first"],
)
def test_forms_of_other_programs(tmp_path: Path, text: str) -> None:
    value = embedding(reading := read_embedding(write(tmp_path, text)))
    assert value.proteins == ("A", "B")
    assert value.vectors.tolist() == [[1, 2], [3, 4]]
    assert reading.notes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id\t0\nA\tx\n", r"table.tsv row 2: 0 'x' is not a finite number"),
        ("A\nB\n", r"table.tsv row 1: an embedding needs a name and a vector in each row"),
        ("id\t0\t1\t2\nA\t1\n", r"row 1: a header of 4 cells over rows of 2"),
        ("id\t0\t1\nA\t\t1\nB\t\t2\n", r"table.tsv: column '0' holds no value"),
        ("id\t0\t1\nA\t1\t1\nB\t1\t1\n", r"table.tsv: all 2 vectors are the same"),
        ("dim\tA\tB\n0\t1\t2\n1\t3\t4\n2\t5\t6\n", r"rows are named '0', '1', .* transpose"),
        ("\tA\tB\nPC1\t1\t2\nPC2\t3\t4\nPC3\t5\t6\n", r"rows are named 'PC1', .* transpose"),
    ],
)
def test_wrong_embeddings_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_embedding(write(tmp_path, text))


PROFILES = "acc\tsymbol\tmarker\tx1rep1\tx2rep1\nP1\tB\t-\t1\t5\nP2\tA\t-\t2\t5\nP3\t\t-\t6\t5\n"


def test_profiles_are_scaled_by_column(tmp_path: Path) -> None:
    reading = read_table(write(tmp_path, PROFILES), id=["symbol", "acc"], columns="*rep*")
    value = embedding(reading)
    assert value.proteins == ("A", "B", "P3")
    np.testing.assert_allclose(value.vectors[:, 0], zscore([2, 1, 6]), rtol=1e-6)
    assert value.vectors[:, 1].tolist() == [0, 0, 0]
    assert reading.notes == ("table.tsv: constant columns were set to 0: 'x2rep1'.",)


def test_profiles_as_measured(tmp_path: Path) -> None:
    reading = read_table(
        write(tmp_path, PROFILES), id="symbol", columns=["x2*", "x1*"], scale="none"
    )
    assert embedding(reading).vectors.tolist() == [[2, 5], [1, 5]]
    assert reading.notes == ("table.tsv: 1 rows lack a name and were left out (row 4).",)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"id": "gene"}, r"table.tsv has no column 'gene'; it has 'acc', 'symbol', 'marker'"),
        ({"id": "acc", "columns": "*z*"}, r"table.tsv has no column like '\*z\*'; it has 'acc'"),
        ({"id": "symbol"}, r"table.tsv row 2: acc 'P1' is not a finite number"),
    ],
)
def test_wrong_columns_are_refused(
    tmp_path: Path, settings: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_table(write(tmp_path, PROFILES), **settings)  # type: ignore[arg-type]


def test_a_column_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"table.tsv has two columns 'x'; rename one"):
        read_table(write(tmp_path, "id\tx\tx\nA\t1\t2\n"), id="id")


def test_an_unknown_scaling_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"scale must be one of 'zscore', 'none', got 'minmax'"):
        read_table(write(tmp_path, PROFILES), id="acc", scale="minmax")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "\tTP53\tMDM2\tPSMA1\tPSMA2\nV1\t1\t2\t3\t4\nV2\t3\t4\t5\t6\nV3\t5\t6\t7\t8\n",
            r"'V1', 'V2'",
        ),
        ("0.5\t1.5\n0.25\t2\n0.1\t3\n", r"rows are named '0.5', '0.25', \.\.\., which are no prot"),
        (
            "bait\tprey\tscore\nA\tB\t1\nC\tD\t2\n",
            r"one column of numbers beside 'prey' is no vector",
        ),
        ("id\t0\t1\n", r"table.tsv: holds no vector"),
        ("id\t0\t1\nA\t1\t1e39\nB\t1\t2\n", r"table.tsv row 2: 1 '1e\+39' is not a finite number"),
    ],
)
def test_tables_that_are_no_vectors(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_embedding(write(tmp_path, text))


def test_a_blank_last_column_is_left_out(tmp_path: Path) -> None:
    value = embedding(read_embedding(write(tmp_path, "id\t0\t1\t\nA\t1\t2\t\nB\t3\t5\t\n")))
    assert value.vectors.tolist() == [[1, 2], [3, 5]]


def test_an_edge_list_with_several_numbers_is_no_embedding(tmp_path: Path) -> None:
    rows = [("A", "B"), ("A", "C"), ("A", "D"), ("B", "C"), ("C", "E"), ("C", "F")]
    path = tmp_path / "pairs.tsv"
    lines = [f"{a}\t{b}\t0.{k}1\t{k}" for k, (a, b) in enumerate(rows)]
    path.write_text("\n".join(["Bait gene\tPrey gene\tscore\treplicates", *lines]) + "\n")
    message = "row 2: 'A' and 'B' are both names, and names recur, so this seems to be an edge list"
    with pytest.raises(DataError, match=message):
        read_embedding(path, modality="x")
    isoforms = [f"{a}\tisoform {k}\t0.{k}1\t{k}" for k, (a, _) in enumerate(rows)]
    path.write_text("\n".join(["gene\tnote\tx\ty", *isoforms]) + "\n")
    assert embedding(read_embedding(path, modality="x")).proteins == ("A", "B", "C")
