from pathlib import Path

import numpy as np
import pytest

from cytoweave.artifacts import ElutionProfiles, Reading
from cytoweave.data import IdentifierMap, read_elution
from cytoweave.errors import DataError


def write(folder: Path, text: str, name: str = "sec.tsv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def profiles(reading: Reading) -> ElutionProfiles:
    assert isinstance(reading.value, ElutionProfiles)
    return reading.value


NAN = np.nan
ONE = "acc\tgene\tF1\tF2\nP1\tB\t1\t\nP2\tA\t0\t2\nP3\t\t3\t4\nP4\tC\t\t\n"


def test_a_blank_is_not_detected(tmp_path: Path) -> None:
    reading = read_elution(write(tmp_path, ONE), id="gene", columns="F*")
    value = profiles(reading)
    assert value.proteins == ("A", "B")
    np.testing.assert_array_equal(value.amounts, [[[0, 2], [1, NAN]]])
    assert value.amounts.dtype == np.float32
    assert reading.notes == (
        "sec.tsv: 1 rows lack a name and were left out (row 4).",
        "sec.tsv: 1 proteins without any amount were left out.",
    )


def test_a_second_column_names_what_the_first_does_not(tmp_path: Path) -> None:
    reading = read_elution(write(tmp_path, ONE), id=["gene", "acc"], columns="F*")
    assert profiles(reading).proteins == ("A", "B", "P3")


def test_files_and_globs_are_replicates(tmp_path: Path) -> None:
    first = write(tmp_path, "gene\ta1\ta2\tb1\tb2\nA\t1\t2\t3\t4\nB\t5\t6\t\t\n", "1.tsv")
    second = write(tmp_path, "gene\ta1\ta2\tb1\tb2\nC\t1\t2\t3\t4\nA\t7\t8\t9\t10\n", "2.tsv")
    value = profiles(read_elution([first, second], id="gene", columns=["a*", "b*"]))
    assert value.proteins == ("A", "B", "C")
    assert value.amounts.shape == (4, 3, 2)
    np.testing.assert_array_equal(value.amounts[:, 0], [[1, 2], [3, 4], [7, 8], [9, 10]])
    np.testing.assert_array_equal(value.amounts[:, 1], [[5, 6], [NAN] * 2, [NAN] * 2, [NAN] * 2])


def test_isoforms_are_averaged_where_detected(tmp_path: Path) -> None:
    identifiers = IdentifierMap(frozenset("A"), {"P12345": "A"}, {})
    text = "gene\tF1\tF2\nP12345-1\t1\t\nP12345-2\t3\t5\nP12345-2\t5\t\n"
    reading = read_elution(write(tmp_path, text), id="gene", columns="F*", identifiers=identifiers)
    np.testing.assert_array_equal(profiles(reading).amounts, [[[3, 5]]])
    assert [note.split(": ")[1].split(",")[0] for note in reading.notes] == [
        "1 proteins have several rows",
        "2 names were merged into 1 symbols",
    ]


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        (ONE, {"id": "symbol"}, r"sec.tsv has no column 'symbol'; it has 'acc', 'gene'"),
        (ONE, {"columns": "G*"}, r"sec.tsv has no column like 'G\*'"),
        (ONE, {"columns": ["F*", "F1"]}, r"sec.tsv: replicates have 2, 1 fractions"),
        (ONE.replace("\t1\t", "\t-?\t"), {}, r"sec.tsv row 2: F1 '-\?' is not a finite number"),
        ("gene\tF1\nA\t\n", {}, r"sec.tsv: no protein with an amount"),
    ],
)
def test_wrong_profiles_are_refused(
    tmp_path: Path, text: str, settings: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_elution(
            write(tmp_path, text),
            **({"id": "gene", "columns": "F*"} | settings),  # type: ignore[arg-type]
        )


def test_vectors_are_the_overlap_of_profiles_averaged_over_replicates() -> None:
    amounts = np.array(
        [
            [[4, NAN, 12], [1, 0, 3], [NAN, 5, NAN], [NAN, NAN, NAN]],
            [[2, 2, 0], [0, 7, 7], [0, 1, 0], [NAN, 3, NAN]],
        ],
        np.float32,
    )
    vectors = ElutionProfiles(tuple("ABCD"), amounts).vectors()
    assert vectors.shape == (4, 6)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)
    assert vectors[0] @ vectors[1] == pytest.approx((1 + 0.5) / 2, abs=1e-6)
    assert vectors[0] @ vectors[2] == pytest.approx((0 + 0.5**0.5) / 2, abs=1e-6)
    assert vectors[2] @ vectors[3] == pytest.approx(0.5**0.5, abs=1e-6)  # D: one replicate
    with pytest.raises(DataError, match="an amount below 0; give amounts, not their logarithms"):
        ElutionProfiles(("A",), np.array([[[1, -1]]], np.float32)).vectors()


def test_logarithms_are_refused_or_said(tmp_path: Path) -> None:
    path = tmp_path / "log.tsv"
    path.write_text("gene\tF1\tF2\nA\t-1\t-2\nB\t-3\t-0.5\n")
    with pytest.raises(DataError, match=r"log.tsv: no amount is above 0; give amounts, not log"):
        read_elution(path, id="gene")
    path.write_text("gene\tF1\tF2\nA\t-1\t2\nB\t3\t0.5\n")
    notes = read_elution(path, id="gene").notes
    assert notes == ("log.tsv: 1 amounts are below 0; logarithms are no amounts.",)
