"""The simulated cell: true to itself, read by the ordinary readers, harder with more noise."""

import csv
import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cytoweave.artifacts import CHANNELS, ElutionProfiles, Hierarchy, ImageSet, Network, TermSet
from cytoweave.data.reading import read
from cytoweave.data.simulation import simulate
from cytoweave.data.simulation.antibodies import plan_stainings
from cytoweave.data.simulation.geometry import grow_cells
from cytoweave.data.simulation.references import hpa_table
from cytoweave.data.simulation.stains import STAINS, stain
from cytoweave.data.simulation.structures import Sheet
from cytoweave.data.simulation.truth import PLACES, build_truth
from cytoweave.errors import ConfigError, DiskFullError

SMALL: dict[str, Any] = {"n_proteins": 150, "images_per_protein": 1, "image_size": 64}


@pytest.fixture(scope="module")
def cell(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small cell as hard as life."""
    return drawn(tmp_path_factory.mktemp("cell"), **SMALL)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small cell measured without error."""
    return drawn(tmp_path_factory.mktemp("clean"), **SMALL, noise=0)


def drawn(folder: Path, **settings: Any) -> Path:
    simulate(folder, **settings)
    return folder


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def part(folder: Path, kind: str, **node: Any) -> Any:
    node = {k: [str(folder / x) for x in v] if k == "path" else v for k, v in node.items()}
    if len(node["path"]) == 1:
        node["path"] = node["path"][0]
    return read("data.part", {"kind": kind, **node}, identifiers=None, strict=True).value


def truth_of(folder: Path) -> Hierarchy:
    result = part(folder, "hierarchy", path=["truth.nodes"])
    assert isinstance(result, Hierarchy)
    return result


def true_sets(folder: Path, pattern: str) -> dict[str, set[str]]:
    rows = [line.split("\t") for line in (folder / "truth.nodes").read_text().splitlines()]
    return {name: set(names.split()) for name, _, names, _ in rows if re.fullmatch(pattern, name)}


def true_pairs(folder: Path) -> set[frozenset[str]]:
    complexes = true_sets(folder, r".*\.complex\d+").values()
    return {frozenset((a, b)) for members in complexes for a in members for b in members if a < b}


def network_of(folder: Path) -> Network:
    result = part(
        folder, "network", path=["ppi/apms.tsv"], columns=["target", "prey"], weight="score"
    )
    assert isinstance(result, Network)
    return result


def edges_of(network: Network) -> set[frozenset[str]]:
    return {frozenset(network.proteins[k] for k in edge) for edge in network.edges}


# --- same seed, same bytes


def test_the_same_seed_gives_the_same_bytes(cell: Path, tmp_path: Path) -> None:
    repeated = drawn(tmp_path, **SMALL)
    assert digests(repeated) == digests(cell)


def test_another_seed_gives_another_cell(cell: Path, tmp_path: Path) -> None:
    other = digests(drawn(tmp_path, **SMALL | {"images_per_protein": 0}, seed=1))
    mine = digests(cell)
    assert all(other[name] != mine[name] for name in set(other) - {"proteins.txt"})


def test_a_change_of_the_images_leaves_all_else_as_it_was(cell: Path, tmp_path: Path) -> None:
    other = drawn(tmp_path, **SMALL | {"images_per_protein": 0})
    assert not (other / "images").exists()
    mine = {k: v for k, v in digests(cell).items() if not k.startswith("images/")}
    assert digests(other) == mine


def test_noise_leaves_the_truth_as_it_was(cell: Path, clean: Path) -> None:
    for name in ("truth.nodes", "truth.edges", "proteins.txt"):
        assert digests(cell)[name] == digests(clean)[name]


@pytest.mark.slow  # each process imports the package
def test_the_number_of_processes_leaves_the_bytes_as_they_were(tmp_path: Path) -> None:
    settings = {"n_proteins": 40, "images_per_protein": 1, "image_size": 64}
    folders = [tmp_path / name for name in ("one", "two")]
    for workers, folder in enumerate(folders, start=1):
        folder.mkdir()
        simulate(folder, **settings, workers=workers)
    assert digests(folders[0]) == digests(folders[1])


# --- the truth


def test_the_truth_is_a_hierarchy_of_compartments_places_and_complexes(cell: Path) -> None:
    truth = truth_of(cell)
    assert list(truth.proteins) == (cell / "proteins.txt").read_text().splitlines()
    assert truth.sizes[0] == len(truth.proteins) == 150
    sets = true_sets(cell, ".*")
    for parent, child in truth.edges:
        assert sets[truth.names[child]] <= sets[truth.names[parent]]
    assert {name.count(".") for name in sets} == {0, 1, 2}


@pytest.mark.parametrize("n_proteins", [40, 77, 600, 3000])
def test_complexes_hold_3_to_30_proteins_of_one_place(n_proteins: int) -> None:
    truth = build_truth(n_proteins, np.random.default_rng(0))
    sizes = np.diff(truth.complexes.indptr)
    assert sizes.min() >= 3
    assert sizes.max() <= 30
    homes, complexes = truth.homes.toarray(), truth.complexes.toarray()
    assert not (complexes & ~homes[truth.complex_place]).any()
    assert homes[truth.main_place, np.arange(n_proteins)].all()
    assert len(set(truth.proteins)) == n_proteins


def test_some_proteins_sit_in_two_places_of_different_compartments() -> None:
    truth = build_truth(3000, np.random.default_rng(0))
    places = truth.homes.sum(axis=0)
    assert set(places) == {1, 2}
    assert abs((places == 2).mean() - 0.24) < 0.03
    around = np.array([place.compartment for place in truth.places])
    for protein in np.flatnonzero(places == 2):
        first, second = truth.homes[:, [protein]].nonzero()[0]
        assert around[first] != around[second]
    in_two = truth.complexes.sum(axis=0) == 2
    assert 0.03 < in_two.mean() < 0.15


def test_a_large_cell_has_every_place_and_a_small_one_the_commonest() -> None:
    rng = np.random.default_rng(0)
    assert build_truth(600, rng).places == PLACES
    few = build_truth(40, rng).places
    assert min(place.share for place in few) > np.median([place.share for place in PLACES])


def test_every_place_has_a_stain() -> None:
    assert [place.name for place in PLACES] == list(STAINS)


# --- without noise, the measurements are the truth


def test_without_noise_the_interactions_are_the_pairs_of_one_complex(clean: Path) -> None:
    assert edges_of(network_of(clean)) == true_pairs(clean)


def test_without_noise_the_references_are_the_truth(clean: Path) -> None:
    corum = part(clean, "gmt", path=["corum.gmt"])
    go_cc = part(clean, "gmt", path=["go_cc.gmt"])
    for terms, pattern in ((corum, r".*\.complex\d+"), (go_cc, r"[^.]+(\..*)?")):
        assert isinstance(terms, TermSet)
        result = {frozenset(terms.proteins[k] for k in row.indices) for row in terms.members}
        true = {frozenset(s) for s in true_sets(clean, pattern).values() if len(s) < 150}
        assert result == true


def test_without_noise_the_locations_are_the_places() -> None:
    truth = build_truth(300, np.random.default_rng(0))
    table = hpa_table(truth, 0.0, np.random.default_rng(1))
    homes, labels = truth.homes.toarray(), np.array([p.location for p in truth.places])
    assert tuple(table["Gene_name"]) == truth.proteins
    for protein, main in enumerate(table["Main_location"]):
        assert set(main.split(";")) == set(labels[homes[:, protein]])
    assert (table["Additional_location"] == "").all()


def test_without_noise_proteins_of_one_complex_elute_at_one_place(clean: Path) -> None:
    tables = ["secms/replicate1.tsv", "secms/replicate2.tsv"]
    profiles = part(clean, "elution", path=tables, id="protein", columns="F*")
    assert isinstance(profiles, ElutionProfiles)
    assert profiles.amounts.shape == (2, 150, 34)
    top = dict(zip(profiles.proteins, np.nan_to_num(profiles.amounts[0]), strict=True))
    single = {
        name: members
        for name, members in true_sets(clean, r".*\.complex\d+").items()
        if not any(
            members & other
            for other_name, other in true_sets(clean, r".*\.complex\d+").items()
            if other_name != name
        )
    }
    assert single
    for members in single.values():
        assert len({int(top[name].argmax()) for name in members}) == 1


def test_without_noise_every_protein_is_imaged(clean: Path) -> None:
    with (clean / "images" / "samples.csv").open() as file:
        stained = [row["gene_names"] for row in csv.DictReader(file)]
    assert sorted(stained) == (clean / "proteins.txt").read_text().splitlines()


# --- with noise


def test_the_ordinary_readers_read_every_part(cell: Path) -> None:
    network = network_of(cell)
    assert 0.75 <= network.weights.min() <= network.weights.max() <= 1
    images = part(cell, "images", path=["images"], samples=str(cell / "images" / "samples.csv"))
    assert isinstance(images, ImageSet)
    assert images.pixels.shape[1:] == (4, 128, 128)
    assert len(set(images.antibodies)) == len(images.names)
    locations = part(cell, "hpa", path=["hpa.tsv"])
    assert set(locations.terms) <= {place.location for place in PLACES}
    assert len(part(cell, "gmt", path=["corum.gmt"]).terms) > 3
    assert len(part(cell, "gmt", path=["go_cc.gmt"]).terms) > 10
    names = (cell / "proteins.txt").read_text().splitlines()
    for result in (network.proteins, locations.proteins, {g for p in images.proteins for g in p}):
        assert set(result) <= set(names)


def test_some_proteins_lack_images_and_some_interactions(tmp_path: Path) -> None:
    simulate(tmp_path, n_proteins=1500, images_per_protein=0)
    tested = len(network_of(tmp_path).proteins) / 1500
    assert 0.65 < tested < 0.85
    seen = [len(pd.read_csv(tmp_path / f"secms/replicate{k}.tsv", sep="\t")) for k in (1, 2)]
    assert 0.5 < min(seen) / 1500 <= max(seen) / 1500 <= 0.6


def test_more_noise_finds_fewer_pairs_among_more_strangers(tmp_path: Path) -> None:
    result, right = [], []
    for noise in (0, 1, 2):
        folder = tmp_path / str(noise)
        folder.mkdir()
        simulate(folder, n_proteins=400, noise=noise, images_per_protein=0)
        edges, pairs = edges_of(network_of(folder)), true_pairs(folder)
        result.append(len(edges & pairs) / len(pairs))
        right.append(len(edges & pairs) / len(edges))
    assert result == sorted(result, reverse=True)
    assert right == sorted(right, reverse=True)
    assert result[2] < 0.1 < 0.15 < result[1] < 0.35
    assert right[2] < 0.1


def test_proteins_of_one_complex_share_a_texture_more_than_others() -> None:
    truth = build_truth(600, np.random.default_rng(0))
    everyone = np.ones(600, bool)
    plan = plan_stainings(truth, everyone, 2, 1.0, np.random.default_rng(1))
    texture = np.zeros((600, plan.texture.shape[1]))
    np.add.at(texture, plan.protein, plan.texture / 2)
    spread = []
    for row in truth.complexes[np.diff(truth.complexes.indptr) > 5]:
        at_home = row.indices[
            truth.main_place[row.indices] == np.bincount(truth.main_place[row.indices]).argmax()
        ]
        spread.append(texture[at_home].var(axis=0).mean())
    assert np.mean(spread) < 0.75 * texture.var(axis=0).mean()


def test_an_image_shows_the_places_of_its_protein_and_some_more() -> None:
    truth = build_truth(600, np.random.default_rng(0))
    plan = plan_stainings(truth, np.arange(600) < 300, 2, 1.0, np.random.default_rng(1))
    assert len(plan.protein) == 600
    assert len({plan.name(k) for k in range(600)}) == 600
    homes = truth.homes.toarray()
    shown = [[place for place, _ in plan.shown(k)] for k in range(600)]
    wrong = [not homes[places, p].all() for places, p in zip(shown, plan.protein, strict=True)]
    assert 0.35 < np.mean(wrong) < 0.6
    clean = plan_stainings(truth, np.ones(600, bool), 1, 0.0, np.random.default_rng(1))
    for field, protein in enumerate(clean.protein):
        true = set(np.flatnonzero(homes[:, protein]))
        assert {place for place, _ in clean.shown(field)} == true


# --- what cells look like


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    """Return a sheet of cells at the demo's resolution."""
    return Sheet.grow(192, 1.0, np.random.default_rng(0))


@pytest.mark.parametrize("name", STAINS)
def test_a_stain_lights_its_compartment(sheet: Sheet, name: str) -> None:
    light = stain(name, sheet, np.random.default_rng(0))
    assert light.shape == (192, 192)
    assert light.min() >= 0
    assert 0.5 < light.max() < 3
    outside = sheet.cells.label == 0
    assert light[outside].sum() < 0.05 * light.sum()
    compartment = next(place.compartment for place in PLACES if place.name == name)
    nuclear = (light * (sheet.cells.nuclear < 1.15)).sum() / light.sum()
    if compartment == "nucleus":
        assert nuclear > 0.9
    else:
        assert nuclear < 0.5


def test_stains_of_different_compartments_look_different(sheet: Sheet) -> None:
    light = {name: stain(name, sheet, np.random.default_rng(0)).ravel() for name in STAINS}
    pairs = [
        ("nucleoli", "speckles"),
        ("mitochondrial_matrix", "er_membrane"),
        ("cell_surface", "cis_golgi"),
        ("microtubules", "soluble_cytosol"),
    ]
    alike = [np.corrcoef(light[a], light[b])[0, 1] for a, b in pairs]
    kin = np.corrcoef(light["mitochondrial_matrix"], light["inner_membrane"])[0, 1]
    assert max(alike) < 0.8 < kin


def test_a_sheet_holds_cells_with_a_nucleus_each() -> None:
    cells = grow_cells(192, 1.0, np.random.default_rng(0))
    count = len(cells.centre)
    assert count > 8
    assert set(np.unique(cells.label)) <= set(range(count + 1))
    sizes = np.bincount(cells.label.ravel(), minlength=count + 1)[1:]
    nuclei = np.bincount(cells.label[cells.nuclear < 1], minlength=count + 1)[1:]
    share = nuclei[sizes > 1200] / sizes[sizes > 1200]
    assert ((share > 0.1) & (share < 0.6)).all()
    assert (cells.depth[cells.label == 0] == 0).all()


def test_nuclear_proteins_are_green_where_the_field_is_blue(clean: Path) -> None:
    homes = true_sets(clean, r"(nucleus|mitochondria)")
    ratio: dict[str, list[float]] = {"nucleus": [], "mitochondria": []}
    with (clean / "images" / "samples.csv").open() as file:
        for row in csv.DictReader(file):
            name = {k for k, members in homes.items() if row["gene_names"] in members}
            only = [k for k in name if row["locations"].count(",") == 0]
            for compartment in only:
                planes = [
                    np.asarray(
                        Image.open(clean / "images" / color / f"{row['filename']}{color}.jpg"),
                        float,
                    )
                    for color in CHANNELS
                ]
                blue = planes[2] > 60
                ratio[compartment].append(planes[1][blue].mean() / planes[1][~blue].mean())
    assert min(ratio["nucleus"]) > 2 * np.median(ratio["mitochondria"])


# --- bounds


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_proteins": 39}, "n_proteins must be a whole number of at least 40, got 39"),
        ({"n_proteins": 60.5}, "n_proteins must be a whole number of at least 40, got 60.5"),
        ({"n_proteins": True}, "n_proteins must be a whole number of at least 40, got True"),
        ({"images_per_antibody": 0}, "images_per_antibody must be a whole number of at least 1"),
        ({"images_per_protein": -1}, "images_per_protein must be a whole number of at least 0"),
        ({"image_size": 32}, "image_size must be a whole number of at least 64, got 32"),
        ({"workers": 0}, "workers must be a whole number of at least 1, got 0"),
        ({"noise": -0.1}, "noise must be a number from 0 to 3, got -0.1"),
        ({"noise": 4}, "noise must be a number from 0 to 3, got 4"),
        ({"noise": "much"}, "noise must be a number from 0 to 3, got 'much'"),
        ({"noise": float("nan")}, "noise must be a finite number from 0 to 3, got nan"),
    ],
)
def test_settings_out_of_range_are_refused(
    settings: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        simulate(tmp_path, **settings)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("noise", [0, 1, 3])
def test_the_smallest_cell_can_be_drawn(noise: float, tmp_path: Path) -> None:
    simulate(tmp_path, n_proteins=40, noise=noise, images_per_protein=0)
    assert len(truth_of(tmp_path).proteins) == 40


@pytest.mark.slow
def test_a_cell_of_20000_proteins_can_be_drawn(tmp_path: Path) -> None:
    simulate(tmp_path, n_proteins=20_000, images_per_protein=0)
    assert len(network_of(tmp_path).proteins) > 14_000


def test_fields_of_one_antibody_show_the_same_places() -> None:
    truth = build_truth(80, np.random.default_rng(0))
    plan = plan_stainings(truth, np.arange(80) < 30, 3, 1.0, np.random.default_rng(1), 2)
    assert plan.antibody[:6].tolist() == [0, 0, 1, 2, 2, 3]
    assert plan.sample[:6].tolist() == [0, 1, 0, 0, 1, 0]
    assert plan.protein.tolist() == np.repeat(np.arange(30), 3).tolist()
    assert [plan.name(k) for k in range(3)] == ["1_A1_1", "1_A1_2", "1_A2_1"]
    assert plan.shown(0) == plan.shown(1)
    assert len(set(plan.seed.tolist())) == 90


def test_a_cell_that_has_no_room_is_refused_before_it_is_painted(tmp_path: Path) -> None:
    with pytest.raises(DiskFullError, match=r"MB wanted: no space left on its disk"):
        simulate(tmp_path, n_proteins=40, image_size=1 << 24)
