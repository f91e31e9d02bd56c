"""YAML files of others: what is let in, and the line that says why not."""

from pathlib import Path

import pytest

from cytoweave import cli, config
from cytoweave.errors import ConfigError
from cytoweave.nodes import yaml_files

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 10)}]\n" for k in range(1, 9)
)

REFUSED = {
    "a tag": ("x: !!python/object/apply:os.system [ls]", "line 1: the tag .*os.system' is not all"),
    "a tag of its own": ("x:\n  y: !secret 3", "line 2: the tag '!secret' is not allowed"),
    "a bomb": (BOMB, "its aliases unfold to more than 100,000 values"),
    "a circle": ("x: &x [*x]", "line 1: an alias stands within what it names"),
    "a key twice": ("x: 1\ny:\n  z: 1\n  z: 2", "line 4: the key 'z' is given twice"),
    "a tab": ("x: 1\n\ty: 2", "line 2: not valid YAML: .*character"),
    "no end": ("x: [1, 2", "line 1: not valid YAML: expected"),
    "too deep": ("x: " + "[" * 400 + "]" * 400, "nested too deeply to be a config"),
    "too long": ("x: " + "1" * 1_000_001, "more than 1,000,000 bytes are no config"),
    "control characters": ("x: '\x01'", "not valid YAML"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_let_in_gets_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        yaml_files.check(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(path))


def test_latin_1_is_named(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_bytes("title: Zürich".encode("latin-1"))
    with pytest.raises(ConfigError, match="byte 9 is not UTF-8; the file looks like Latin-1"):
        yaml_files.check(path)


def test_an_alias_and_a_byte_order_mark_are_let_in(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("\ufeffx: &x {k: 3}\ny: *x\n", encoding="utf-8")
    yaml_files.check(path)
    assert yaml_files.read(path) == {"x": {"k": 3}, "y": {"k": 3}}


def test_only_a_mapping_in_a_file_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("- 1")
    with pytest.raises(ConfigError, match="must hold 'key: value' lines"):
        yaml_files.read(tmp_path / "own.yaml")
    with pytest.raises(ConfigError, match="is not a file"):
        yaml_files.read(tmp_path)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of a lab's own map options."""
    (tmp_path / "map").mkdir()
    monkeypatch.setenv("CYTOWEAVE_CONF", str(tmp_path))
    return tmp_path / "map"


def test_an_option_of_a_lab_is_checked_when_it_is_chosen(lab: Path) -> None:
    (lab / "bad.yaml").write_text("_target_: cytoweave.maps.Hidef\n_target_: x\n")
    assert config.load("map", [])["map"]
    with pytest.raises(ConfigError, match=r"bad\.yaml line 2: the key '_target_' is given twice"):
        config.load("map", ["map=bad"])


@pytest.mark.parametrize("target", ["cytoweave.cli.main", "shutil.rmtree", "cytoweave.clean_store"])
def test_a_shared_map_file_cannot_call_functions(
    lab: Path, target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (lab / "shared.yaml").write_text(f"_target_: {target}\narguments: [{precious}]\n")
    (tmp_path / "net.tsv").write_text("A\tB\nB\tC\n")
    words = [f"network={tmp_path / 'net.tsv'}", f"out={tmp_path / 'out'}"]
    assert cli.main(["map", "map=shared", *words]) == 2
    assert f"map._target_: '{target}' is not allowed" in capsys.readouterr().err
    assert precious.is_dir()
