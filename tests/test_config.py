"""Every config composes and fits what it targets; what does not exist gets one line."""

import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from cytoweave import config
from cytoweave.errors import ConfigError
from cytoweave.nodes import conf
from cytoweave.nodes.build import Part, build, find

CONF = conf.conf_folder()
OPTIONS = sorted(path.relative_to(CONF) for path in CONF.glob("*/*.yaml"))
VERBS = ("run", "map", "evaluate", "data", "sweep", "ablate")


def targets(node: Any, key: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(node, Mapping):
        if "_target_" in node:
            yield key, node
        for name, value in node.items():
            yield from targets(value, f"{key}.{name}")


@pytest.mark.parametrize("option", OPTIONS, ids=str)
def test_an_option_says_what_it_is_and_binds_to_its_target(option: Path) -> None:
    group, name = option.parent.name, option.stem
    assert conf.header(group, name)
    node = OmegaConf.to_container(OmegaConf.load(CONF / option), resolve=False)
    for key, part in targets(node, group):
        names = set(part) - {"_target_", "_partial_"}
        assert names <= set(inspect.signature(find(key, part)).parameters)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_composes_and_round_trips(verb: str) -> None:
    composed = config.load(verb, ["data=demo"] if verb == "evaluate" else [])
    assert OmegaConf.to_container(OmegaConf.create(config.dump(composed))) == composed


def test_an_override_reaches_deep() -> None:
    composed = config.load("run", ["trainer.max_epochs=2", "data.modalities.ppi.path=a b,c.tsv"])
    assert composed["trainer"]["max_epochs"] == 2
    assert composed["data"]["modalities"]["ppi"]["path"] == "a b,c.tsv"


def test_an_argument_of_a_reader_needs_no_plus() -> None:
    words = "data.modalities.image.channels={red: mt, green: target}"
    composed = config.load("run", ["data.modalities.image.size=256", words])
    assert composed["data"]["modalities"]["image"]["size"] == 256
    assert composed["data"]["modalities"]["image"]["channels"] == {"red": "mt", "green": "target"}
    with pytest.raises(ConfigError, match=r"image.sise' is not a setting"):
        config.load("run", ["data.modalities.image.sise=256"])


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("map.neighbours.k=3x", "map.neighbours.k must be a whole number of at least 1, got '3x'"),
        ("map.neighbours=all", "map.neighbours must be a NearestNeighbours or a TopFraction"),
        ("map.communities.cpm.low=2", "map.communities.cpm.low must be below high (1.0), got 2."),
        (
            "map.communities.cpm.high=true",
            "map.communities.cpm.high must be a number above 0, got True",
        ),
        (
            "map.max_assemblies=null",
            "map.max_assemblies must be a whole number of at least 1, got None",
        ),
        ("map.neighbours.mutual=2", "map.neighbours.mutual must be true or false, got 2"),
    ],
)
def test_a_value_of_the_wrong_type_is_named(override: str, message: str) -> None:
    composed = config.load("map", [override])
    with pytest.raises(ConfigError, match=re.escape(message)):
        build("map", composed["map"])


def test_an_argument_left_at_its_default_can_be_set() -> None:
    composed = config.load("map", ["map.neighbours.k=7", "map.min_size=5"])
    assert composed["map"]["min_size"] == 5


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["sede=1"], r"'sede' is not a setting of `cytoweave run`; did you mean 'seed'\?"),
        (["data.protein=all"], r"'data.protein' is not a .*did you mean 'data.proteins'\?"),
        (["fusion=muze"], r"fusion=muze: there is no such option; choose one of .*concat"),
        (["seed"], r"'seed' is no setting; write key=value"),
        (["seed=1,2"], r"'seed=1,2' names several values"),
        (["zzz=1"], r"'zzz' is not a setting of `cytoweave run`; see `cytoweave run --help`"),
        (["+sede=1"], r"'sede' is not a setting of `cytoweave run`; did you mean 'seed'\?"),
        (["++zzz.deep=1"], r"'zzz' is not a setting of `cytoweave run`; see"),
        (["+data.kep=any"], r"data.kep is no setting; data has title, .*proteins"),
        (["data.keep=any_modality"], r"'data.keep' is now data.proteins"),
        (["map=null"], r"'map=null': map takes the name of an option; choose one of .*hidef"),
        (["~eval=true"], r"'~eval=true': eval takes the name of an option"),
        (["~map"], r"'~map': map takes the name of an option"),
        (["experiment=x"], r"'experiment=x': there are no options of experiment; \$CYTOWEAVE_CONF"),
        (["data={kind: network}"], r"data takes the name of an option; .*settings is data.KEY"),
        (["store=~no-such-user/x"], r"no home folder is known for '~no-such-user'; write \./~"),
    ],
)
def test_what_does_not_exist_gets_one_line(overrides: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        config.load("run", overrides)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("override", ["data=demo", "+data=null", "~data"])
def test_a_group_of_another_verb_is_no_setting(override: str) -> None:
    with pytest.raises(ConfigError, match="'data' is not a setting of `cytoweave portal`"):
        config.load("portal", ["run=x", override])


def test_a_part_of_the_data_that_is_null_is_left_out() -> None:
    data = config.load("run", ["data.references.sec=null", "data.modalities.image=null"])["data"]
    assert set(data["references"]) == {"truth", "corum", "go_cc", "hpa"}
    assert set(data["modalities"]) == {"ppi"}


def test_a_needed_value_is_asked_for() -> None:
    with pytest.raises(ConfigError, match=r"run must be given: run=\.\.\."):
        config.load("report")


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"_target_": "os.system"}, r"map\._target_: 'os\.system' is not allowed"),
        ({"_target_": "cytoweave.maps.Nothing"}, r"there is no 'cytoweave\.maps\.Nothing'"),
        ({}, r"map\._target_: '' is not allowed"),
        ({"_target_": "cytoweave.cli.main"}, r"'cytoweave.cli.main' is not allowed"),
        ({"_target_": "cytoweave.store.Store", "root": "x"}, r"'cytoweave.store.Store' is not all"),
        ({"_target_": "cytoweave.clean_store"}, r"'cytoweave.clean_store' is not allowed"),
        ({"_target_": "cytoweave.models.Concat"}, r"name cytoweave.maps.<Class>, or a class of a"),
        ({"_target_": "cytoweave.maps.Hierarchy"}, r"there is no 'cytoweave.maps.Hierarchy'"),
        ({"_target_": "cytoweave.maps.import_module"}, r"there is no"),
        ({"_target_": "cytoweave.maps.TopFraction"}, r"map._target_: TopFraction is no map; it"),
        ({"_target_": "cytoweave.maps.NearestNeighbours", "q": 1}, r"'q'; it takes: k"),
        ({"_target_": "cytoweave.maps.NearestNeighbours", "k": 0}, "k.* got 0"),
    ],
)
def test_a_node_that_cannot_be_built_gets_one_line(node: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Part.of("map", node)


@pytest.mark.parametrize(
    ("group", "target"),
    [
        ("fusion", "cytoweave.models.NetMF"),
        ("ppi_encoder", "cytoweave.models.Concat"),
        ("image_encoder", "cytoweave.models.Concat"),
        ("trainer", "cytoweave.models.NetMF"),
        ("sampler", "cytoweave.studies.sweep.Pruning"),
    ],
)
def test_a_component_of_another_group_gets_one_line(group: str, target: str) -> None:
    with pytest.raises(ConfigError, match=rf"{group}\._target_: \w+ is no {group}; it has no"):
        build(group, {"_target_": target})


def of_lab(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> Mapping[str, Any]:
    """Compose a lab's data config whose modality has a name."""
    (folder / "data").mkdir()
    node = "{kind: network, path: pairs.tsv}"
    text = f"modalities:\n  {name}: {node}\nreferences: {{}}\n"
    (folder / "data" / "mine.yaml").write_text(text)
    monkeypatch.setenv("CYTOWEAVE_CONF", str(folder))
    return dict(config.load("run", ["data=mine"])["data"]["modalities"])


@pytest.mark.parametrize("verb", ["run", "robustness", "train"])
def test_an_experiment_changes_settings_of_a_verb_or_is_refused(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "best.yaml").write_text("# @package _global_\nseed: 41\n")
    (tmp_path / "experiment" / "bare.yaml").write_text("seed: 41\n")
    monkeypatch.setenv("CYTOWEAVE_CONF", str(tmp_path))
    assert config.load(verb, ["experiment=best"])["seed"] == 41
    with pytest.raises(ConfigError, match="first line '# @package _global_'"):
        config.load(verb, ["experiment=bare"])
    with pytest.raises(ConfigError, match=r"experiment=bset: .* choose one of bare, best\.$"):
        config.load(verb, ["experiment=bset"])


@pytest.mark.parametrize("word", ["hydra.run.dir=x", "hydra.searchpath=[x]", "hydra/job=x"])
def test_settings_of_hydra_itself_are_refused(word: str) -> None:
    with pytest.raises(ConfigError, match="Hydra's own settings have no effect"):
        config.load("run", [word])


@pytest.mark.parametrize("name", ["a/b", "a.b", "' a'", '"a\\tb"', "''", "assemblies"])
def test_a_modality_whose_name_a_file_cannot_hold_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="cannot be a name there") as raised:
        of_lab(tmp_path, monkeypatch, name)
    assert "\n" not in str(raised.value)


def test_other_names_of_modalities_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(of_lab(tmp_path, monkeypatch, "AP-MS (2024) µm")) == ["AP-MS (2024) µm"]


@pytest.mark.parametrize("verb", ["mutations", "property", "map", "names", "structures_plan"])
def test_tables_of_names_can_be_given_where_a_file_has_none(verb: str) -> None:
    needed = {
        "mutations": ["counts=c"],
        "property": ["property=p"],
        "map": ["network=n"],
        "structures_plan": ["sequences=s"],
    }
    words = [*needed.get(verb, []), "data.id_map.symbols=a.tsv", "data.id_map.uniprot=b.tsv"]
    assert config.load(verb, words)["data"]["id_map"] == {"symbols": "a.tsv", "uniprot": "b.tsv"}
    with pytest.raises(ConfigError, match="id_map"):
        config.load(verb, [*needed.get(verb, []), "data.id_map.symbol=a.tsv"])
