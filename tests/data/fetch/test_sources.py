"""The shipped manifests and adapters on miniatures of the sources, to the readers' results."""

import re
from pathlib import Path

import pandas as pd
import pytest

from cytoweave import cli, config
from cytoweave.artifacts import ElutionProfiles, ImageSet, Network, TermSet
from cytoweave.data.fetch.checks import check_content
from cytoweave.data.fetch.lockfile import read_lock
from cytoweave.data.fetch.manifests import chosen, read_manifest, read_manifests
from cytoweave.data.fetch.overview import recorded
from cytoweave.data.identifiers import IdentifierMap
from cytoweave.data.reading import read
from cytoweave.errors import ConfigError, DataError

from . import miniature
from .conftest import Lab
from .miniature import COMPLEXES, GENES, PLACES, pairs
from .server import whole

EDGES = {frozenset(pair) for pair in pairs()}
SETS = {frozenset(genes) for genes in COMPLEXES.values()}


@pytest.fixture
def sources(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    miniature.serve(lab.served)
    miniature.manifests(tmp_path / "conf", lab.served)
    monkeypatch.setenv("CYTOWEAVE_CONF", str(tmp_path / "conf"))
    return lab


def fetched(lab: Lab, *names: str, accept: frozenset[str] = frozenset()) -> None:
    result = read_manifests()
    lab.fetch(*(result[name] for name in names), accept=accept)


def value(lab: Lab, kind: str, path: str, **node: object) -> object:
    return read(
        "x.y", {"kind": kind, "path": str(lab.root / path), **node}, identifiers=None, strict=True
    ).value


def edges(result: object) -> set[frozenset[str]]:
    assert isinstance(result, Network)
    names = result.proteins
    return {frozenset((names[a], names[b])) for a, b in result.edges}


def sets(result: object) -> set[frozenset[str]]:
    assert isinstance(result, TermSet)
    return set(map(frozenset, by_name(result).values()))


def by_name(result: object) -> dict[str, set[str]]:
    assert isinstance(result, TermSet)
    starts, columns = result.members.indptr, result.members.indices
    return {
        term: {result.proteins[k] for k in columns[starts[row] : starts[row + 1]]}
        for row, term in enumerate(result.terms)
    }


def test_every_manifest_says_what_is_needed(tmp_path: Path) -> None:
    result = read_manifests()
    assert len(result) >= 17
    for manifest in result.values():
        assert manifest.title
        assert manifest.cite.startswith("10.")
        assert manifest.version
        assert manifest.licence.url
        for file in manifest.files.values():
            assert file.about or file.bytes
            assert all(url.startswith("https://") for url in file.urls)
    noted = {name for name, manifest in result.items() if manifest.licence.note}
    assert noted == {"cm4ai", "corum4", "opencell"}


def test_names_and_references_are_read_as_they_are_published(sources: Lab) -> None:
    fetched(sources, "hgnc", "go", "corum", "corum4", "hpa_locations", accept=frozenset({"corum4"}))
    names = IdentifierMap.read(sources.root / "hgnc/hgnc_complete_set_2026-10-02.txt")
    assert names.translate(["PSMA1-B", "P10007", "MCM2"])[0] == ["PSMA1", "MCM3", "MCM2"]
    old = value(sources, "corum", "corum/humanComplexes_4.1.txt")
    own = {"subunits": "subunits_gene_name", "complex_id": "complex_id", "name": "complex_name"}
    assert sets(value(sources, "corum", "corum/humanComplexes_5.3.txt", **own)) == SETS == sets(old)
    node = {"kind": "go", "obo": str(sources.root / "go/go-basic_2026-08-05.obo")}
    node["annotations"] = str(sources.root / "go/human_2026-08-05.gaf.gz")
    assert sets(read("x.go", node, identifiers=None, strict=True).value) >= SETS
    places = value(sources, "hpa", "hpa/subcellular_location_v25.tsv", id="Gene name")
    assert isinstance(places, TermSet)
    nucleus = {g for name, genes in COMPLEXES.items() for g in genes if PLACES[name] != "Cytosol"}
    assert set(by_name(places)["Nucleoplasm"]) == nucleus


def test_go_is_found_under_its_former_name_too(sources: Lab) -> None:
    manifest = read_manifests()["go"]
    names = [url.rpartition("/")[2] for url in manifest.files["gaf"].urls]
    assert names == ["HUMAN-uniprot.gaf.gz", "goa_human.gaf.gz"]
    release = "/release.geneontology.org/2026-08-05"
    sources.served.answers = {
        f"{release}/ontology/go-basic.obo": whole(miniature.obo()),
        f"{release}/annotations/goa_human.gaf.gz": whole(miniature.gaf()),
    }
    sources.fetch(manifest)
    assert (
        read_lock(sources.root).files["go/human_2026-08-05.gaf.gz"].url.endswith("goa_human.gaf.gz")
    )


def test_networks_of_six_forms_are_the_same_network(sources: Lab) -> None:
    names = ("u2os_apms", "string", "biogrid", "intact", "opencell")
    fetched(sources, *names, accept=frozenset({"opencell"}))
    ndex = value(sources, "network", "ppi/u2os_apms.tsv.gz", columns=["protein_a", "protein_b"])
    string = value(sources, "network", "ppi/string_physical_v12.tsv.gz")
    intact = value(sources, "network", "ppi/intact.tsv.gz")
    opencell = value(
        sources,
        "network",
        "opencell/opencell-protein-interactions.csv",
        columns=["target_gene_name", "interactor_gene_name"],
    )
    biogrid = value(sources, "network", "ppi/biogrid_5.0.252.tsv.gz")
    assert all(edges(result) == EDGES for result in (ndex, string, intact, opencell, biogrid))
    assert isinstance(intact, Network)
    assert intact.weights.tolist() == pytest.approx([0.56] * len(EDGES))
    assert not (sources.root / "intact/human_negative.txt").exists()


def test_sets_and_profiles_are_made(sources: Lab) -> None:
    fetched(sources, "humap3", "opencell", "secms", accept=frozenset({"opencell"}))
    surest = [genes for k, genes in enumerate(COMPLEXES.values()) if k % 6 + 1 <= 3]
    assert sets(value(sources, "gmt", "humap3/humap3.gmt")) == set(map(frozenset, surest))
    places = value(sources, "gmt", "opencell/locations.gmt")
    assert isinstance(places, TermSet)
    assert set(by_name(places)) == {"nucleoplasm", "cytoplasmic", "vesicles", "er"}
    table = "secms/PXD052362/report.pg_matrix.tsv"
    profiles = value(sources, "elution", table, id="Genes", columns="*.raw")
    assert isinstance(profiles, ElutionProfiles)
    assert sorted(profiles.proteins) == sorted(GENES)


def test_images_come_by_gene(sources: Lab) -> None:
    genes = sources.root.parent / "genes.txt"
    genes.write_text(f"PSMA1\n{miniature.ensg('ARCN1')}\nNOSUCH1\n")
    words = [f"genes={genes}", "images_per_antibody=3", f"data_root={sources.root}"]
    assert cli.main(["data", "fetch", "source=hpa_images", *words]) == 0
    table = pd.read_csv(sources.root / "hpa/images/images.tsv", sep="\t", keep_default_na=False)
    assert table["protein"].tolist() == ["PSMA1"] * 3 + ["ARCN1"] * 3
    assert set(table["cell_line"]) == {"U-2 OS"}
    assert table["yellow"].tolist()[-1] == ""  # that set has none
    assert not (sources.root / "hpa/proteinatlas_v25.xml.gz").exists()
    node = {"kind": "images", "manifest": str(sources.root / "hpa/images/images.tsv"), "size": 32}
    result = read("x.image", node, identifiers=None, strict=False)
    assert isinstance(result.value, ImageSet)
    assert len(result.value.names) == 5
    assert any("yellow" in note for note in result.notes)
    before = len(sources.served.requests)
    assert cli.main(["data", "fetch", "source=hpa_images", *words]) == 0
    assert len(sources.served.requests) == before + 1  # the one that is lacking


def test_r_data_is_read(lab: Lab, tmp_path: Path) -> None:
    import tarfile
    from types import SimpleNamespace

    rdata = pytest.importorskip("rdata")
    from cytoweave.data.fetch import rda

    frame = pd.DataFrame({"F1": [1.0, 2.0], "markers": ["ER", "PM"]}, index=["P1", "P2"])
    rdata.write_rda(tmp_path / "toy.rda", {"toy": frame})
    with tarfile.open(tmp_path / "pkg.tar.gz", "w:gz") as package:
        package.add(tmp_path / "toy.rda", "pkg/data/toy.rda")
    for file in ("toy.rda", "pkg.tar.gz"):
        rda.rda(tmp_path / "out.tsv", tmp_path / file)
        result = pd.read_csv(tmp_path / "out.tsv", sep="\t")
        assert result.columns.tolist() == ["id", "F1", "markers"]
        assert result["id"].tolist() == ["P1", "P2"]
    with pytest.raises(DataError, match="has no object 'other'; it has toy"):
        rda.rda(tmp_path / "out.tsv", tmp_path / "toy.rda", "other")
    message = SimpleNamespace(data=frame[["markers"]])
    amounts = frame[["F1"]].to_xarray().to_array("sample").T  # as rdata gives a matrix
    mset = SimpleNamespace(assayData={"exprs": amounts}, featureData=message)
    assert rda._table(tmp_path, mset).columns.tolist() == ["F1", "markers"]


def test_what_a_config_lacks_is_fetched(sources: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["for=data/opencell", f"data_root={sources.root}"]
    assert cli.main(["data", "fetch", *words]) == 2
    assert "add accept=opencell." in capsys.readouterr().err
    assert cli.main(["data", "fetch", *words, "dry_run=true"]) == 0
    message = capsys.readouterr().out
    assert "missing" in message  # a narrow terminal breaks the line in any place
    assert "library" not in message  # which the config does not name
    assert sources.served.requests == []
    assert cli.main(["data", "fetch", *words, "accept=opencell"]) == 0
    (sources.root / "corum/humanComplexes_5.3.txt").write_bytes(miniature.corum5() + b"\n")
    result = recorded(config.load("data", words_of(sources))["data"], sources.root)
    states = dict(zip(result["path"], result["checksum"], strict=True))
    assert states["corum/humanComplexes_5.3.txt"] == "changed"
    assert states["opencell/opencell-localization-annotations.csv"] == "first seen"
    paths = set(read_lock(sources.root).files)
    assert "opencell/opencell-protein-interactions.csv" in paths
    assert "corum/humanComplexes_5.3.txt" in paths


def words_of(lab: Lab) -> list[str]:
    return ["data=opencell", f"data_root={lab.root}"]


def test_a_manifest_is_read_as_people_write_it(tmp_path: Path) -> None:
    text = "title: A\nversion: 2026-10-02\nlicence: CC0-1.0\nfiles:\n  a:\n"
    path = tmp_path / "mine.yaml"
    check = r'{magic: "\x1f\x8b"}'
    path.write_text(f"{text}    urls: https://x.org/a\n    path: a.gz\n    check: {check}\n")
    result = read_manifest(path)
    assert (result.version, result.licence.id) == ("2026-10-02", "CC0-1.0")
    assert chosen(["mine@2026-10-02"], {"mine": result}) == [result]
    (tmp_path / "a.gz").write_bytes(miniature.gaf())
    assert check_content(tmp_path / "a.gz", result.files["a"])
    for wrong, message in [
        ("    path: a\n", "name its addresses as urls, or a listing"),
        ("    path: a\n    urls: [file:///a]\n", "'file:///a' is no address"),
        ("    path: a\n    urls: [https://x.org]\n    sha: x\n", "unknown key sha"),
        ("    - a\n", "files.a must be a mapping"),
    ]:
        path.write_text(f"{text}{wrong}")
        with pytest.raises(ConfigError, match=re.escape(message)):
            read_manifest(path)


def test_what_is_asked_must_exist(sources: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    for words, message in [
        (["source=nosuch"], "source=nosuch: there is no such source; choose of biogrid"),
        (["source=go@1999"], "source=go@1999: there is no manifest of it; versions: 2026-08-05"),
        ([], "say what to fetch: source=NAME"),
        (["+source=null"], "'+source=null': write source=VALUE"),
        (["~source"], "'~source': write source=VALUE"),
        (["for=nosuch"], "write for=data/NAME"),
        (["from=/nosuch"], "from=/nosuch: there is no such folder"),
        (["source=go", "dry_run=maybe"], "dry_run must be true or false"),
    ]:
        assert cli.main(["data", "fetch", *words]) == 2
        assert message in capsys.readouterr().err


@pytest.mark.parametrize("words", [["data", "fetch", "source=hgnc", "insecure=hgncc"], ["run"]])
def test_a_setting_that_names_no_source(
    words: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    given = [f"data_root={tmp_path}", "accept=hgncc"]
    assert cli.main([*words, *given]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "accept=hgncc: no such source; there are" in line
    assert "hgnc," in line
