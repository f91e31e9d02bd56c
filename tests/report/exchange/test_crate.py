import hashlib
import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from rocrate.rocrate import ROCrate

from cytoweave.artifacts import INPUT_COLUMNS
from cytoweave.errors import DataError
from cytoweave.report import RunResult, write_run
from cytoweave.report.exchange.crate import write_crate

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "check_crate.py"

CONFIG = {
    "title": "A map",
    "command": "cytoweave run seed=1",
    "author": "Ada Lovelace <https://orcid.org/0000-0002-1825-0097>",
    "seed": 1,
    "out": None,
    "map": {"max_assemblies": 150},
    "storage": "postgresql://ada:secret@host/db",
}
INPUTS = pd.DataFrame(
    [
        ["data.modalities.ppi", "pairs.tsv.gz", "1", "12", "ab" * 32, "CC0", ""],
        ["data.references.go", "go.gmt", "1", "9", "cd" * 32, "", "https://a.org/go.gmt"],
    ],
    columns=list(INPUT_COLUMNS),
)


def fill(folder: Path) -> dict[str, bytes]:
    contents = {"scores.json": b"{}\n", "tables/terms.tsv": b"a\tb\n", "config.yaml": b"seed: 0\n"}
    for name, content in contents.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "run.log").write_text("still written")
    return contents


def mark(folder: Path, begun: str = "2026-01-02T03:04:05+0000") -> None:
    (folder / ".cytoweave-run.json").write_text(json.dumps({"begun": begun}))


def graph(folder: Path) -> dict[str, dict[str, Any]]:
    write_crate(folder, CONFIG, INPUTS)
    entities = json.loads((folder / "ro-crate-metadata.json").read_text())["@graph"]
    assert len({entity["@id"] for entity in entities}) == len(entities)
    return {entity["@id"]: entity for entity in entities}


def test_rocrate_reads_every_file_with_size_digest_and_origin(tmp_path: Path) -> None:
    contents = fill(tmp_path)
    write_crate(tmp_path, CONFIG, INPUTS)
    crate = ROCrate(tmp_path)
    assert crate.name == "A map"
    assert {entity.id for entity in crate.root_dataset["hasPart"]} == {*contents, "run.log"}
    (action,) = [e for e in crate.contextual_entities if e.type == "CreateAction"]
    assert action["name"] == "cytoweave run seed=1"
    assert {entity.id for entity in action["result"]} == {*contents, "run.log"}
    assert action["instrument"]["softwareVersion"]
    assert action["agent"]["name"] == crate.root_dataset["author"]["name"] == "Ada Lovelace"
    for name, content in contents.items():
        entity = crate.get(name)
        assert entity["name"] == name
        assert entity["contentSize"] == str(len(content))
        assert entity["sha256"] == hashlib.sha256(content).hexdigest()
        assert entity["encodingFormat"]
    assert "sha256" not in crate.get("run.log").properties()


def test_a_run_says_what_it_was_made_from_and_with_which_settings(tmp_path: Path) -> None:
    fill(tmp_path)
    result = graph(tmp_path)
    given = [result[one["@id"]] for one in result["#run"]["object"]]
    files = [entity for entity in given if entity["@type"] == "CreativeWork"]
    assert [entity["sha256"] for entity in files] == ["ab" * 32, "cd" * 32]
    assert [result[e["license"]["@id"]]["name"] for e in files] == ["CC0", "not stated"]
    assert files[1]["url"] == "https://a.org/go.gmt"
    settings = {e["name"]: e["value"] for e in given if e["@type"] == "PropertyValue"}
    assert settings == {
        "seed": "1",
        "map.max_assemblies": "150",
        "storage": "postgresql://***@host/db",
    }


def test_software_names_what_it_is_installed_with(tmp_path: Path) -> None:
    fill(tmp_path)
    result = graph(tmp_path)
    tool = result[result["#run"]["instrument"]["@id"]]
    needed = [result[one["@id"]] for one in tool["softwareRequirements"]]
    assert {"Python", "numpy", "torch", "igraph", "leidenalg"} <= {one["name"] for one in needed}
    assert all(one["softwareVersion"] and "version" not in one for one in needed)
    assert "pytest" not in {one["name"] for one in needed}


def test_descriptor_and_root_follow_both_profiles(tmp_path: Path) -> None:
    fill(tmp_path)
    result = graph(tmp_path)
    descriptor = result["ro-crate-metadata.json"]
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    assert descriptor["about"] == {"@id": "./"}
    assert result["./"]["conformsTo"] == {"@id": "https://w3id.org/ro/wfrun/process/0.5"}
    for key in ("name", "description", "datePublished", "license", "author"):
        assert result["./"][key]


def test_a_use_of_the_map_is_an_action_of_its_own(tmp_path: Path) -> None:
    fill(tmp_path)
    mark(tmp_path)
    (tmp_path / "hierarchy.cx2").write_text("[]")
    place = tmp_path / "uses" / "property"
    place.mkdir(parents=True)
    mark(place, "2026-02-03T04:05:06+0100")
    (place / "config.yaml").write_text("command: cytoweave property run=.\nseed: 2\n")
    (place / "property.tsv").write_text("assembly\n")
    result = graph(tmp_path)
    use = result["#uses/property"]
    assert use["name"] == "cytoweave property run=."
    assert use["startTime"] == "2026-02-03T04:05:06+01:00"
    assert use["object"] == [{"@id": "hierarchy.cx2"}, {"@id": "#uses/property/parameter/seed"}]
    results = [one["@id"] for one in use["result"]]
    assert results == [
        "uses/property/.cytoweave-run.json",
        "uses/property/config.yaml",
        "uses/property/property.tsv",
    ]
    assert not {*results} & {one["@id"] for one in result["#run"]["result"]}


def test_a_run_ended_when_it_did_however_often_its_crate_is_written(tmp_path: Path) -> None:
    fill(tmp_path)
    mark(tmp_path)
    first = graph(tmp_path)["#run"]
    assert first["startTime"] == "2026-01-02T03:04:05+00:00"
    text = (tmp_path / "ro-crate-metadata.json").read_text()
    earlier = text.replace(str(first["endTime"]), "2026-01-02T04:00:00+00:00")
    (tmp_path / "ro-crate-metadata.json").write_text(earlier)
    assert graph(tmp_path)["#run"]["endTime"] == "2026-01-02T04:00:00+00:00"
    mark(tmp_path, "2026-05-05T05:05:05+0000")  # another run
    assert graph(tmp_path)["#run"]["endTime"] != "2026-01-02T04:00:00+00:00"


def test_writing_again_does_not_list_the_crate_itself(tmp_path: Path) -> None:
    fill(tmp_path)
    graph(tmp_path)
    assert "ro-crate-metadata.json" not in {one["@id"] for one in graph(tmp_path)["./"]["hasPart"]}


def test_a_damaged_crate_or_mark_is_named(tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / ".cytoweave-run.json").write_text('{"begun": "yesterday"}')
    with pytest.raises(DataError, match=r"\.cytoweave-run\.json: damaged"):
        write_crate(tmp_path, CONFIG, INPUTS)
    (tmp_path / "ro-crate-metadata.json").write_text("{}")
    with pytest.raises(DataError, match=r"ro-crate-metadata\.json: damaged"):
        write_crate(tmp_path, CONFIG, INPUTS)


def validated(folder: Path) -> tuple[int, str]:
    """Return what the validator of the community ends with and says, in an environment of its own.

    ``CYTOWEAVE_ROC_VALIDATOR`` names its Python; `scripts/check_crate.py` says how it is made.
    """
    python = os.environ.get("CYTOWEAVE_ROC_VALIDATOR")
    if python is None:
        pytest.skip("CYTOWEAVE_ROC_VALIDATOR names no Python with roc-validator")
    done = subprocess.run([python, SCRIPT, folder], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_both_profiles_hold_a_run_with_a_use_of_its_map(run: RunResult, tmp_path: Path) -> None:
    use = tmp_path / "uses" / "property"
    use.mkdir(parents=True)
    (use / "config.yaml").write_text("command: cytoweave property run=.\nseed: 2\n")
    mark(tmp_path)
    mark(use)
    config = {**run.config, **CONFIG}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    write_run(tmp_path, replace(run, config=config, inputs=INPUTS))
    code, message = validated(tmp_path)
    assert (code, message.count(": 0 required failures")) == (0, 2), message
    crate = tmp_path / "ro-crate-metadata.json"
    result = json.loads(crate.read_text())
    for entity in result["@graph"]:
        if entity["@id"] == "#run":
            del entity["instrument"]
    crate.write_text(json.dumps(result))
    code, message = validated(tmp_path)
    assert code == 1
    assert "MUST have an instrument" in message
