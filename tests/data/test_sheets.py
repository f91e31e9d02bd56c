import gzip
from pathlib import Path

import numpy as np
import pytest

from cytoweave.data.sheets import open_sheet, rows_note
from cytoweave.data.textfiles import listed, read_text
from cytoweave.errors import DataError


def write(folder: Path, content: bytes, name: str = "table.tsv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        b"name\tx\nA\t1\nB\t2\n",
        b"\xef\xbb\xbfname\tx\r\nA\t1\r\nB\t2",
        b"name\tx\rA\t1\rB\t2\r",
        b'name,x\nA,1\n"B",2\n',
        b"name x\nA  1\n B 2\n",
        b'"name"\t"x"\n"A"\t1\n"B"\t2\n',
        gzip.compress(b"name\tx\nA\t1\nB\t2\n"),
        b"name;x\nA;1\nB;2\n",
        b"name|x\nA|1\nB|2\n",
        b'"name"\t"x"\n"A"\t"1"\n"B"\t"2"\n',
        "name\tx\r\nA\t1\r\nB\t2\r\n".encode("utf-16"),
    ],
    ids=[
        "tab",
        "bom-windows",
        "old-mac",
        "comma",
        "blanks",
        "quoted",
        "gzip-by-content",
        "semicolon",
        "bar",
        "quoted-numbers",
        "utf-16",
    ],
)
def test_dialects_read_alike(tmp_path: Path, content: bytes) -> None:
    sheet = open_sheet(write(tmp_path, content))
    line, header = sheet.head[0]
    table = sheet.read(header, after=line, texts=["name"], numbers=["x"])
    assert table["name"].tolist() == ["A", "B"]
    assert table["x"].tolist() == [1.0, 2.0]
    assert table.index.tolist() == [2, 3]


def test_rows_keep_their_line_numbers(tmp_path: Path) -> None:
    path = write(tmp_path, b"# made by\n\nname\tx\n\nA\t1\n# aside\n\t\nNA\t\nB\tnan\n\n")
    sheet = open_sheet(path)
    assert sheet.head[:2] == ((3, ("name", "x")), (5, ("A", "1")))
    table = sheet.read(("name", "x"), after=3, texts=["name"], numbers=["x"])
    assert table.index.tolist() == [5, 8, 9]
    assert table["name"].tolist() == ["A", "NA", "B"]  # a gene may be called NA
    assert np.isnan(table["x"].to_numpy()).tolist() == [False, True, True]


def test_trailing_cells_may_be_absent(tmp_path: Path) -> None:
    sheet = open_sheet(write(tmp_path, b"name\tx\ty\nA\t1\nB\t2\t3\n"))
    table = sheet.read(sheet.head[0][1], after=1, texts=["name"], numbers=["x", "y"])
    assert table["y"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name\tx\nA\tone\n", r"table.tsv row 2: x 'one' is not a finite number"),
        (b"name\tx\nA\t1\n\nB\tinf\n", r"table.tsv row 4: x 'inf' is not a finite number"),
        (b"name\tx\nA\t1\t2\n", r"table.tsv row 2: more than the 2 cells of the columns"),
        (b"name\tx\nA\t1\nB\t1\t2\t3\n", r"table.tsv: row 3 has 4 cells where 2 belong"),
        (
            b"name\tx\nA\xe9\t1\n",
            r"not UTF-8 text \(byte .* is 0xe9\); if it is Latin-1 or Windows",
        ),
        (b"\xff\xfen\x00\t\x00x\x00\xd8", r"table.tsv: damaged UTF-16 text; save it as UTF-8"),
        (
            b"name\tx\nA\t1,234\nB\t2,345\n",
            r"row 2: x '1,234' has a comma that may be decimal or of",
        ),
        (
            b"name\tx\nA\t1\nname\tx\nB\t2\n",
            r"table.tsv row 3: repeats the header; delete this row",
        ),
        (b"PK\x03\x04\xff\n", r"table.tsv: is a zip archive, as every .xlsx is; save the table as"),
        (b"\n# only this\n", r"table.tsv: holds no row"),
        (b"", r"table.tsv: holds no row"),
    ],
)
def test_what_is_wrong_is_said_with_its_row(tmp_path: Path, content: bytes, message: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(DataError, match=message):
        open_sheet(path).read(("name", "x"), after=1, texts=["name"], numbers=["x"])


@pytest.mark.parametrize("damage", [slice(0, 40), slice(0, 12)])
def test_a_damaged_gzip_is_one_clear_line(tmp_path: Path, damage: slice) -> None:
    whole = gzip.compress(b"name\tx\n" + bytes(range(32, 127)) * 5)
    path = write(tmp_path, whole[damage], "t.tsv.gz")
    with pytest.raises(DataError, match=r"t.tsv.gz: damaged gzip \(.*\); fetch or copy"):
        open_sheet(path)


def test_a_file_that_is_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"absent.tsv: cannot be read \(No such file"):
        read_text(tmp_path / "absent.tsv")


def test_long_lists_are_shortened() -> None:
    assert listed(["a", "b"]) == "'a', 'b'"
    assert listed(map(str, range(40)), most=2) == "'0', '1', ... (40 in all)"


def test_notes_name_the_first_rows(tmp_path: Path) -> None:
    sheet = open_sheet(write(tmp_path, b"name\n" + b"x\n" * 7))
    table = sheet.read(("name",), after=1, texts=["name"])
    assert rows_note(Path("f"), table.index[:0], "why") == ()
    assert rows_note(Path("f"), table.index, "why") == ("f: 7 rows why (row 2, 3, 4, 5, 6, ...).",)


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (b"Table S3. Pairs, 2019\n\nname\tx\nA\t1\nB\t2\n", "1 lines above the table"),
        (b'"Table S3. Pairs, 2019",\nname,x\nA,1\nB,2\n', "left out: 'Table S3. Pairs, 2019'"),
    ],
)
def test_a_title_above_the_table_is_left_out(tmp_path: Path, content: bytes, note: str) -> None:
    sheet = open_sheet(write(tmp_path, content))
    line, header = sheet.head[0]
    assert sheet.read(header, after=line, texts=["name"], numbers=["x"])["x"].tolist() == [1, 2]
    assert note in sheet.notes[0]


def test_a_separator_may_be_stated(tmp_path: Path) -> None:
    sheet = open_sheet(write(tmp_path, b"sep=;\r\nname;x\r\nA,a;1\r\n"))
    table = sheet.read(("name", "x"), after=2, texts=["name"], numbers=["x"])
    assert (table["name"].tolist(), table["x"].tolist(), table.index.tolist()) == (
        ["A,a"],
        [1],
        [3],
    )


def test_comments_may_hold_any_number_of_cells(tmp_path: Path) -> None:
    sheet = open_sheet(write(tmp_path, b"name\tx\nA\t1\n# one\ttwo\tthree\tfour\n% five\nB\t2\n"))
    table = sheet.read(("name", "x"), after=1, texts=["name"], numbers=["x"])
    assert table.index.tolist() == [2, 5]


@pytest.mark.parametrize(
    ("cells", "numbers", "message"),
    [
        (["0,5", "12,25", "3"], [0.5, 12.25, 3], "decimal commas were read: '0,5' as 0.5"),
        (["1,234.5", "2"], [1234.5, 2], "commas of thousands were read: '1,234.5' as 1234.5"),
        (["1,234,567", "1,234"], [1234567, 1234], "commas of thousands were read"),
        (["1.234,5", "0,25"], [1234.5, 0.25], "decimal commas were read"),
    ],
)
def test_commas_in_numbers(
    tmp_path: Path, cells: list[str], numbers: list[float], message: str
) -> None:
    rows = "".join(f"P{k}\t{cell}\n" for k, cell in enumerate(cells))
    sheet = open_sheet(write(tmp_path, f"name\tx\n{rows}".encode()))
    assert (
        sheet.read(("name", "x"), after=1, texts=["name"], numbers=["x"])["x"].tolist() == numbers
    )
    assert message in sheet.notes[0]


@pytest.mark.parametrize(
    "word", ["NA", "#N/A", "<NA>", "n/a", "ND", "-", ".", "#DIV/0!", "Filtered"]
)
def test_words_of_missing_values(tmp_path: Path, word: str) -> None:
    sheet = open_sheet(write(tmp_path, f"name\tx\nA\t{word}\nB\t2\n".encode()))
    table = sheet.read(("name", "x"), after=1, texts=["name"], numbers=["x"])
    assert np.isnan(table["x"].to_numpy()).tolist() == [True, False]
