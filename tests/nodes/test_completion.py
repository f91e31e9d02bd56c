"""Shell completion: 30 beginnings of a word, own options, files, and a real bash."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cytoweave import cli
from cytoweave.cli import VERBS
from cytoweave.nodes import conf
from cytoweave.nodes.completion import complete
from cytoweave.verbs.completion import SCRIPTS


def completed(line: str) -> list[str]:
    return complete(f"cytoweave {line}", VERBS)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("swe", ["sweep"]),
        ("data f", ["fetch"]),
        ("data ch", ["check"]),
        ("data fetch fo", ["for="]),
        ("data fetch source=corum", ["source=corum", "source=corum4"]),
        ("data fetch source=go,hg", ["source=go,hgnc"]),
        ("data fetch for=data/u2os_pu", ["for=data/u2os_public"]),
        ("data fetch accept=opencel", ["accept=opencell"]),
        ("data check data=bio", ["data=bioplex_lopit"]),
        ("structures p", ["plan"]),
        ("structures plan max_s", ["max_size="]),
        ("upload n", ["ndex"]),
        ("upload ndex pub", ["public="]),
        ("store clean ke", ["keep="]),
        ("run fusion=mus", ["fusion=muse", "fusion=muse_toolkit"]),
        ("run fusion=concat,auto", ["fusion=concat,autoencoder"]),
        ("run overwrite=", ["overwrite=false", "overwrite=true"]),
        ("run overwrite=t", ["overwrite=true"]),
        ("run map.neigh", ["map.neighbours.k=", "map.neighbours="]),
        ("run map.communities.cpm", ["map.communities.cpm="]),
        ("run map=average_linkage map.li", []),
        ("run nothing.of", []),
        ("run --d", ["--debug", "--dry-run"]),
        ("run im", ["image_encoder.", "image_encoder="]),
        ("sweep logger=w", ["logger=wandb", "logger=wandb_mlflow"]),
        ("sweep data=ope", ["data=opencell"]),
        ("sweep trial", ["trials="]),
        ("ablate ablation=mo", ["ablation=modalities"]),
        ("map max", []),
        ("map data.id", ["data.id_map="]),
        ("completion z", ["zsh"]),
        ("nothing x", []),
        ("run out='half a quo", []),
    ],
)
def test_what_a_word_may_become(line: str, expected: list[str]) -> None:
    assert completed(line) == sorted(expected)


def test_every_verb_and_every_option_is_offered() -> None:
    spoken = {verb.partition("_")[0] for verb in VERBS}
    assert set(completed("")) == spoken | {"completion", "--help", "--version"}
    for verb in VERBS:
        words = verb.replace("_", " ")
        for group, names in conf.groups(verb).items():
            assert completed(f"{words} {group}=") == [f"{group}={name}" for name in names]
        of_run = conf.own_keys("run") if verb in conf.OF_MANY else []
        assert {f"{key}=" for key in [*conf.own_keys(verb), *of_run]} <= set(
            completed(f"{words} x=1 ")
        )


def test_options_of_a_lab_are_offered_first_come_first_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "map").mkdir()
    (tmp_path / "map" / "ours.yaml").write_text("# Ours.\n_target_: my_lab.Map\ndepth: 3\n")
    monkeypatch.setenv("CYTOWEAVE_CONF", str(tmp_path))
    assert completed("run map=ou") == ["map=ours"]
    assert completed("run map=ours map.d") == ["map.depth="]
    monkeypatch.setenv("CYTOWEAVE_CONF", str(tmp_path / "none"))
    assert completed("run map=ou") == []  # the command itself says what is wrong


def test_files_are_offered_where_a_setting_names_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "maps" / "first").mkdir(parents=True)
    (tmp_path / "maps" / "a map.nodes").touch()
    (tmp_path / "maps" / ".hidden").touch()
    monkeypatch.chdir(tmp_path)
    assert completed("evaluate hierarchy=m") == ["hierarchy=maps/"]
    assert completed("evaluate hierarchy=maps/") == [
        "hierarchy=maps/a map.nodes",
        "hierarchy=maps/first/",
    ]
    assert completed("compare first=maps/.h") == ["first=maps/.hidden"]
    assert completed("evaluate hierarchy=none/") == []
    assert completed("evaluate seed=m") == []


def test_the_hidden_command_gives_bash_the_last_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a map.nodes").touch()
    monkeypatch.chdir(tmp_path)
    assert cli.main(["__complete", "cytoweave run data=dem", " =:"]) == 0
    assert capsys.readouterr().out == "demo\ndemo_elution\n"
    assert cli.main(["__complete", "cytoweave convert hierarchy=a", " =:"]) == 0
    assert capsys.readouterr().out == "a\\ map.nodes\n"
    assert cli.main(["__complete", "cytoweave convert hierarchy=a"]) == 0
    assert capsys.readouterr().out == "hierarchy=a map.nodes\n"


def test_a_script_is_printed_for_each_shell(capsys: pytest.CaptureFixture[str]) -> None:
    for shell, script in SCRIPTS.items():
        assert cli.main(["completion", shell]) == 0
        assert capsys.readouterr().out == script
        assert "cytoweave __complete" in script
    for words in ([], ["tcsh"], ["bash", "zsh"]):
        assert cli.main(["completion", *words]) == 2
        printed = capsys.readouterr().err
        assert printed == (
            "cytoweave: say `cytoweave completion SHELL`, SHELL one of bash, fish, zsh.\n"
        )


def test_nothing_slow_and_no_plugin_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CYTOWEAVE_PLUGINS", "no_such_lab")
    code = (
        "import sys, cytoweave.cli as c; c.main(['__complete', 'cytoweave run data=']);"
        "print(sorted({'torch', 'hydra', 'yaml', 'numpy', 'rich', 'inspect'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "data=demo" in done.stdout.split()


ASK = r"""
source <(cytoweave completion bash)
ask() {
  COMP_LINE="$1" COMP_POINT=${#1} COMP_WORDBREAKS=$' \t\n"'\''><=;|&(:'
  COMPREPLY=()
  _cytoweave 2>/dev/null
  printf '%s|' "${COMPREPLY[@]}"; echo
}
ask "cytoweave data f"
ask "cytoweave run data=dem"
ask "cytoweave evaluate hierarchy=ma"
complete -p cytoweave
"""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_a_real_bash_completes(tmp_path: Path) -> None:
    (tmp_path / "maps").mkdir()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", ASK],
        cwd=tmp_path,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "fetch|",
        "demo|demo_elution|",
        "maps/|",
        "complete -F _cytoweave cytoweave",
    ]


def test_it_is_quick_as_it_loads_little() -> None:
    code = (
        "import sys; before = {*sys.modules}; import cytoweave.cli as c; "
        "c.main(['__complete', 'cytoweave run map.neigh']); print(*{*sys.modules} - before)"
    )
    printed = subprocess.check_output([sys.executable, "-c", code], text=True)
    packages = {name.partition(".")[0] for name in printed.splitlines()[-1].split()}
    assert packages - sys.stdlib_module_names == {"cytoweave"}
