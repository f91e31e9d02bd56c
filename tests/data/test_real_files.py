"""The readers on real measurements: counts as their README states them, and known overlaps."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from omegaconf import OmegaConf
from PIL import Image

from cytoweave.artifacts import (
    CHANNELS,
    ElutionProfiles,
    Embedding,
    ImageContract,
    ImageSet,
    Network,
    Reading,
    TermSet,
)
from cytoweave.data import (
    IdentifierMap,
    read,
    read_corum,
    read_elution,
    read_embedding,
    read_gmt,
    read_go,
    read_hpa,
    read_images,
    read_network,
    read_table,
    source_files,
)
from cytoweave.data.images.cropping import brought_to

CONF = Path(__file__).resolve().parents[2] / "conf" / "data"


@pytest.fixture(scope="module")
def identifiers(real_data: Path) -> IdentifierMap:
    folder = real_data / "idmap"
    return IdentifierMap.read(
        folder / "hgnc_protein_coding_2021-09.tsv.gz",
        folder / "uniprot_to_ensembl_hgnc_ens104.tsv.gz",
    )


def shape(reading: Reading) -> tuple[int, ...]:
    """Return how many proteins a reading holds, and the rest of its shape."""
    value = reading.value
    if isinstance(value, Network):
        return len(value.proteins), len(value.edges)
    if isinstance(value, TermSet):
        return len(value.proteins), len(value.terms)
    if isinstance(value, ElutionProfiles):
        return value.amounts.shape[1:]
    assert isinstance(value, Embedding)
    return value.vectors.shape


SEC = {"id": ["hgnc_symbol", "uniprot"]}


@pytest.mark.parametrize(
    ("reader", "path", "settings", "expected"),
    [
        (read_network, "ppi/hidef_example_bioplex2.tsv.gz", {}, (10961, 56553)),
        (read_network, "ppi/cm4ai_MDA-MB-468_apms_edgelist.tsv.gz", {}, (1362, 3077)),
        (read_network, "ppi/cellmaps_pipeline_example_edgelist.tsv.gz", {}, (1009, 1008)),
        (read_network, "embeddings/U2OS_5183_MUSE_top0.2pct_pairs.tsv.gz", {}, (4881, 26860)),
        (read_embedding, "embeddings/cm4ai_MDA-MB-468_image_emd.tsv.gz", {}, (93, 1024)),
        (read_embedding, "embeddings/cm4ai_MDA-MB-468_labels_prob.tsv.gz", {}, (93, 28)),
        (read_embedding, "embeddings/cm4ai_MDA-MB-468_coembedding_emd.tsv.gz", {}, (26, 128)),
        (
            read_table,
            "spatial/U2OS_LOPITDC2018.tsv.gz",
            {"id": "uniprot", "columns": "*rep*"},
            (6837, 30),
        ),
        (read_gmt, "corum/corum4_human.gmt.gz", {}, (4373, 3574)),
        (read_corum, "corum/corum4_humanComplexes.tsv.gz", {}, (4418, 3684)),
        (read_gmt, "go/GO_CC_human_propagated_2023-11.gmt.gz", {}, (17967, 1669)),
        (read_hpa, "hpa/hpa_subcellular_location_v23.tsv.gz", {"id": "Gene"}, (13147, 35)),
        (
            read_elution,
            "secms/U2OS_SEC_kirkwood2013_genes.tsv.gz",
            SEC | {"columns": "Fraction*"},
            (4551, 34),
        ),
        (
            read_elution,
            "secms/HeLa_SEC_prince_kristensen.tsv.gz",
            {"id": "uniprot", "columns": "SEC_*"},
            (1875, 48),
        ),
        (
            read_elution,
            "secms/Jurkat_SEC_prince_scott.tsv.gz",
            {"id": "uniprot", "columns": "SEC_*"},
            (1560, 55),
        ),
    ],
)
def test_counts(
    real_data: Path,
    reader: Callable[..., Reading],
    path: str,
    settings: dict[str, Any],
    expected: tuple[int, int],
) -> None:
    assert shape(reader(real_data / path, **settings)) == expected


def test_bioplex_symbols_are_updated(real_data: Path, identifiers: IdentifierMap) -> None:
    reading = read_network(
        real_data / "ppi/bioplex3_293T.tsv.gz", weight="pInt", identifiers=identifiers
    )
    assert shape(reading) == (13944, 118153)
    counts = reading.identifiers["status"].value_counts().to_dict()
    assert counts == {"updated": 1249, "unknown": 299, "ambiguous": 10}


def members(reading: Reading) -> dict[str, frozenset[str]]:
    value = reading.value
    assert isinstance(value, TermSet)
    names = np.array(value.proteins, dtype=object)
    parts = np.split(names[value.members.indices], value.members.indptr[1:-1])
    return dict(zip(value.terms, map(frozenset, parts), strict=True))


@pytest.mark.slow  # reads files of many megabytes
def test_go_from_its_ontology_is_go_as_gmt(real_data: Path) -> None:
    reading = read_go(
        real_data / "go/go-basic_CC_2023-11-15.obo.gz",
        annotations=real_data / "go/GO_CC_collapsed_human.ont.tsv.gz",
    )
    ours = members(reading)
    theirs = members(read_gmt(real_data / "go/GO_CC_human_propagated_2023-11.gmt.gz"))
    assert {term: ours[term] for term in theirs} == theirs
    assert len(ours) == 1748


@pytest.mark.slow  # reads files of many megabytes
def test_corum_from_its_table_is_corum_as_gmt(real_data: Path, identifiers: IdentifierMap) -> None:
    table = read_corum(real_data / "corum/corum4_humanComplexes.tsv.gz", identifiers=identifiers)
    ours, theirs = members(table), members(read_gmt(real_data / "corum/corum4_human.gmt.gz"))
    same = sum(ours[term] == theirs[term] for term in theirs)
    assert same >= 0.99 * len(theirs)


def node_config(name: str, real_data: Path) -> dict[str, Any]:
    config = OmegaConf.merge({"data_root": str(real_data)}, OmegaConf.load(CONF / f"{name}.yaml"))
    result = OmegaConf.to_container(config, resolve=True)
    assert isinstance(result, dict)
    return {str(key): value for key, value in result.items() if key != "data_root"}


def proteins(reading: Reading) -> set[str]:
    value = reading.value
    if isinstance(value, ImageSet):
        return {name for names in value.proteins for name in names}
    return set(value.proteins)


def parts_of(
    config: dict[str, Any], group: str, identifiers: IdentifierMap | None
) -> dict[str, set[str]]:
    """Read all modalities or references of a data config."""
    result = {}
    for name, node in config[group].items():
        key = f"data.{group}.{name}"
        assert all(path.is_file() for path in source_files(key, node))
        result[name] = proteins(read(key, node, identifiers=identifiers, strict=True))
    return result


@pytest.mark.parametrize("name", ["bioplex_lopit", "u2os_pairs", "cm4ai"])
def test_every_data_config_states_all_its_parts(name: str) -> None:
    config = OmegaConf.load(CONF / f"{name}.yaml")
    assert {"id_map", "proteins", "pairs", "modalities", "references"} <= set(config)
    assert bool(config.pairs) != bool(config.modalities)
    assert config.proteins in ("both", "all")
    assert list(config.references) == ["corum", "go_cc", "hpa", "sec"]


@pytest.mark.slow  # reads files of many megabytes
def test_bioplex_lopit(real_data: Path, identifiers: IdentifierMap, bench: Path) -> None:
    config = node_config("bioplex_lopit", real_data)
    parts = parts_of(config, "modalities", identifiers)
    both = parts["ppi"] & parts["lopit"]
    assert len(both) == 6239
    assert len(parts["ppi"] | parts["lopit"]) == 14467
    scored = set((bench / "bioplex_lopit_proteins.txt").read_text().split())
    assert len(scored) == 5701
    assert scored <= both
    references = parts_of(config, "references", identifiers)
    assert {name: len(known) for name, known in references.items()} == {
        "corum": 4373,
        "go_cc": 17964,
        "hpa": 12390,
        "sec": 4551,
    }
    corum = read_corum(real_data / "corum/corum4_humanComplexes.tsv.gz", identifiers=identifiers)
    assert len(both & proteins(corum) & references["sec"]) == 1881


@pytest.mark.slow  # reads files of many megabytes
def test_bioplex_and_lopit_by_raw_symbol(real_data: Path) -> None:
    ppi = read_network(real_data / "ppi/bioplex3_293T.tsv.gz")
    assert shape(ppi) == (13957, 118162)
    lopit = read_table(
        real_data / "spatial/U2OS_LOPITDC2018.tsv.gz", id="hgnc_symbol", columns="*rep*"
    )
    assert len(proteins(ppi) & proteins(lopit)) == 5701


def test_u2os_pairs(real_data: Path) -> None:
    config = node_config("u2os_pairs", real_data)
    reading = read("data.pairs", config["pairs"], identifiers=None, strict=True)
    assert shape(reading) == (4881, 26860)
    assert reading.identifiers.empty
    assert reading.notes == ()


def test_cm4ai(real_data: Path, identifiers: IdentifierMap) -> None:
    parts = parts_of(node_config("cm4ai", real_data), "modalities", identifiers)
    assert parts["fields"] == {"PARP1", "MSL1", "USP7"}
    assert parts["fields"] <= parts["image"]
    assert len(parts["ppi"] & parts["image"]) == 26
    assert len(parts["ppi"] | parts["image"] | parts["fields"]) == 1429


def test_real_fields_equal_their_area_average(real_data: Path) -> None:
    folder = real_data / "images" / "cm4ai"
    reading = read_images(folder, pattern="_(A1)_R2", wells={"A1": "PARP1"}, size=128)
    assert isinstance(reading.value, ImageSet)
    (name,) = reading.value.names
    for channel, pixels in zip(CHANNELS, reading.value.pixels[0], strict=True):
        with Image.open(folder / f"{name}_{channel}.jpg") as image:
            whole = np.asarray(image.convert("RGB")).max(axis=-1)
        average = whole.reshape(128, 16, 128, 16).mean((1, 3))
        assert np.abs(pixels - average).mean() < 0.5
        assert np.abs(pixels - average).max() < 4


@pytest.mark.slow
def test_real_cells_are_found(real_data: Path, tmp_path: Path) -> None:
    """By eye, the first field of A1 shows some 40 whole nuclei and the three of HPA 30 in all."""
    folder = real_data / "images"
    crowded = read_images(folder / "cm4ai", pattern="_(A1)_R2", size=1024).value
    several = read_images(
        folder / "hpa_named", pattern=r"^(\d+_[A-Z]\d+)", size=1024, pixel_um=0.08
    )
    assert isinstance(crowded, ImageSet)
    assert isinstance(several.value, ImageSet)
    assert several.value.pixel_um == pytest.approx([0.135, 0.16, 0.135])  # 1,728 and 2,048 px wide
    contract = ImageContract(size=256, cells=True)
    for images, low, high in ((crowded, 32, 45), (several.value, 24, 36)):
        cells = brought_to(images, contract, modality="image", scratch=tmp_path).value
        assert isinstance(cells, ImageSet)
        assert low <= len(cells.names) <= high
        assert cells.pixels[:, 2, 96:160, 96:160].mean() > 2 * images.pixels[:, 2].mean()
