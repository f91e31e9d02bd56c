"""Components, readers and verbs from a lab's own module, and what is not let in."""

import os
import re
from pathlib import Path
from textwrap import dedent

import pytest

from cytoweave import cli, config
from cytoweave.data import reading
from cytoweave.errors import ConfigError
from cytoweave.nodes import plugins
from cytoweave.nodes.build import Part, build
from cytoweave.stages import Parts
from cytoweave.store import sources_of

MODULE = """
    import subprocess
    from pathlib import Path
    from subprocess import Popen

    import torch
    from cytoweave import cli
    from cytoweave.artifacts import Network, Reading
    from cytoweave.data import reading

    class Tiny(torch.nn.Module):
        def __init__(self, dim: int) -> None:
            super().__init__()
            self.head = torch.nn.Linear(4, dim)

        def forward(self, crops: torch.Tensor) -> torch.Tensor:
            return self.head(crops.mean(dim=(2, 3)))

    class First:
        def __call__(self, embeddings, *, seed):
            return next(iter(embeddings.values()))

    def read_pairs(path: Path, *, identifiers=None):
        names = path.read_text().split()
        return Reading(Network.from_pairs(names[::2], names[1::2]))

    def greet(words):
        "Say hello to the words."
        print("hello", *words)

    reading.register("pairs_of_words", read_pairs)
    cli.register("greet", greet)
"""


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write a lab's module, importable but not named as a plug-in; return its name."""
    name = f"lab_{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{name}.py").write_text(dedent(MODULE))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv(plugins.VARIABLE, "")
    monkeypatch.setattr(reading, "READERS", dict(reading.READERS))
    monkeypatch.setattr(cli, "VERBS", dict(cli.VERBS))
    monkeypatch.setattr(plugins, "_LOADED", dict(plugins._LOADED))
    return name


def test_a_class_that_no_plugin_owns_is_not_let_in(lab: str) -> None:
    with pytest.raises(ConfigError, match=rf"'{lab}\.First' is not allowed; .*plugins=\[\.\.\]"):
        build("fusion", {"_target_": f"{lab}.First"})


def test_a_named_plugin_and_nothing_else_is_let_in(lab: str) -> None:
    settings = config.load("run", [f"plugins=[{lab}]", "fusion=single"])
    assert settings["plugins"] == [lab]
    result: Part[object] = Part.of("fusion", {"_target_": f"{lab}.First"})
    assert result.modules == (lab,)
    assert os.environ[plugins.VARIABLE] == lab  # for the processes of workers
    with pytest.raises(ConfigError, match=r"'os\.system' is not allowed"):
        build("fusion", {"_target_": "os.system"})


@pytest.mark.parametrize("name", ["greet", "Path", "subprocess", "Popen"])
def test_of_a_plugin_only_classes_of_its_own_are_let_in(lab: str, name: str) -> None:
    plugins.load([lab])
    with pytest.raises(ConfigError, match=rf"'{lab}\.{name}' is not allowed; it is no class of"):
        build("fusion", {"_target_": f"{lab}.{name}"})


@pytest.mark.parametrize("form", ["{}.Tiny", "{{_target_: {}.Tiny}}"])
def test_a_backbone_is_named_by_its_path(lab: str, form: str) -> None:
    backbone = f"image_encoder.module.backbone={form.format(lab)}"
    settings = config.load("run", [f"plugins=[{lab}]", "image_encoder=small", backbone])
    encoder: Part[object] = Part.of("image_encoder", settings["image_encoder"])
    assert lab in encoder.modules


def test_the_source_of_a_plugin_and_its_libraries_are_in_the_key(lab: str, tmp_path: Path) -> None:
    before = sources_of((lab,))
    assert "torch" in before.versions
    path = tmp_path / f"{lab}.py"
    path.write_text(path.read_text().replace("seed", "sown"))
    sources_of.cache_clear()
    assert sources_of((lab,)).digest != before.digest


def test_a_reader_of_a_plugin_reads_its_kind(lab: str, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("A B B C")
    node = {"kind": "pairs_of_words", "path": str(tmp_path / "words.txt")}
    with pytest.raises(ConfigError, match="kind must be one of"):
        reading.read("data.modalities.ppi", node, identifiers=None, strict=True)
    plugins.load([lab])
    result = reading.read("data.modalities.ppi", node, identifiers=None, strict=True)
    assert set(result.value.proteins) == {"A", "B", "C"}
    assert lab in reading.modules_of(node)


def test_a_verb_of_a_plugin_is_run_and_listed(
    lab: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["greet", "you"]) == 2
    monkeypatch.setenv(plugins.VARIABLE, lab)
    assert cli.main(["greet", "you"]) == 0
    assert "hello you" in capsys.readouterr().out
    assert cli.main(["--help"]) == 0
    assert re.search(r"^  greet +Say hello to the words\.$", capsys.readouterr().out, re.MULTILINE)


def test_names_that_are_taken_are_refused(lab: str) -> None:
    plugins.load([lab])
    with pytest.raises(ConfigError, match="there is a reader of kind 'gmt' already"):
        reading.register("gmt", reading.READERS["gmt"])
    with pytest.raises(ConfigError, match="there is a verb 'run' already"):
        cli.register("run", print)


def test_a_plugin_that_is_not_there_gets_one_line() -> None:
    with pytest.raises(ConfigError, match=r"plugins: 'no_such_lab' cannot be imported"):
        config.load("run", ["plugins=[no_such_lab]"])


def test_a_worker_finds_what_the_environment_names(
    lab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = {"kind": "pairs_of_words", "path": "words.txt"}
    monkeypatch.setenv(plugins.VARIABLE, lab)  # as a new process has it: nothing is imported yet
    assert plugins.is_path(f"{lab}.Tiny")
    assert lab in reading.modules_of(node)


def test_a_worker_that_was_there_before_finds_what_its_config_names(lab: str) -> None:
    config = {"plugins": [lab], "fusion": {"_target_": f"{lab}.First"}}
    assert Parts.of(config).fusion.modules == (lab,)


def test_of_installed_plugins_only_that_which_a_path_lies_in_is_imported(
    lab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins, "_installed", lambda: (lab, "no_such_lab"))
    assert plugins.owns(f"{lab}.First")
    assert not plugins.is_path(f"{lab}/First.tsv")
    with pytest.raises(ConfigError, match="no_such_lab"):
        plugins.load_installed()


def test_plugins_of_a_finished_run_are_imported_and_those_that_left_are_told(lab: str) -> None:
    scorers = {"mine": {"_target_": f"{lab}.First"}, "gone": {"_target_": "gone_lab.Purity"}}
    run = {"plugins": [lab, "left_lab"], "eval": {"_target_": "cytoweave.x", "scorers": scorers}}
    assert plugins.load_of_run(run) == ["left_lab", "gone_lab.Purity"]
    assert plugins.is_path(f"{lab}.First")
