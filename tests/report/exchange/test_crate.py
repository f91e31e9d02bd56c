import hashlib
import json
from pathlib import Path

from rocrate.rocrate import ROCrate

from cytoweave.report.exchange.crate import write_crate


def fill(folder: Path) -> dict[str, bytes]:
    contents = {"scores.json": b"{}\n", "tables/terms.tsv": b"a\tb\n", "config.yaml": b"seed: 0\n"}
    for name, content in contents.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "run.log").write_text("still written")
    return contents


def test_rocrate_reads_every_file_with_size_digest_and_origin(tmp_path: Path) -> None:
    contents = fill(tmp_path)
    write_crate(tmp_path, "A map", "cytoweave run seed=1")
    crate = ROCrate(tmp_path)
    assert crate.name == "A map"
    assert {entity.id for entity in crate.root_dataset["hasPart"]} == {*contents, "run.log"}
    (action,) = [e for e in crate.contextual_entities if e.type == "CreateAction"]
    assert action["name"] == "cytoweave run seed=1"
    assert {entity.id for entity in action["result"]} == {*contents, "run.log"}
    assert action["instrument"]["softwareVersion"]
    for name, content in contents.items():
        entity = crate.get(name)
        assert entity["name"] == name
        assert entity["contentSize"] == str(len(content))
        assert entity["sha256"] == hashlib.sha256(content).hexdigest()
        assert entity["encodingFormat"]
    assert "sha256" not in crate.get("run.log").properties()


def test_descriptor_and_root_follow_version_1_1(tmp_path: Path) -> None:
    fill(tmp_path)
    document = json.loads(write_crate(tmp_path, "A map", "").read_text())
    graph = {entity["@id"]: entity for entity in document["@graph"]}
    assert "https://w3id.org/ro/crate/1.1/context" in document["@context"]
    descriptor = graph["ro-crate-metadata.json"]
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    assert descriptor["about"] == {"@id": "./"}
    for key in ("name", "description", "datePublished", "license"):
        assert graph["./"][key]


def test_writing_again_does_not_list_the_crate_itself(tmp_path: Path) -> None:
    fill(tmp_path)
    write_crate(tmp_path, "A map", "")
    write_crate(tmp_path, "A map", "")
    assert "ro-crate-metadata.json" not in {
        entity.id for entity in ROCrate(tmp_path).root_dataset["hasPart"]
    }
