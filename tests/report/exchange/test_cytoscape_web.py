"""A run's CX2 files hold to the rules by which Cytoscape Web shows a cell map."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cytoweave.report import RunResult, write_run
from cytoweave.report.exchange.hcx import write_cx2

from .cytoscape_web import aspects_of, faults_of_hierarchy, faults_of_network


@pytest.fixture
def files(run: RunResult, tmp_path: Path) -> tuple[Path, Path]:
    write_run(tmp_path, run)
    return tmp_path / "hierarchy.cx2", tmp_path / "hierarchy_parent.cx2"


def test_a_run_breaks_no_rule(files: tuple[Path, Path]) -> None:
    assert faults_of_hierarchy(files[0], uploaded=False) == []
    assert faults_of_network(files[1], files[0]) == []


def test_a_map_made_from_a_network_breaks_none_either(run: RunResult, tmp_path: Path) -> None:
    write_run(tmp_path, replace(run, embedding=None, modalities={}, layout=None))
    hierarchy, network = tmp_path / "hierarchy.cx2", tmp_path / "hierarchy_parent.cx2"
    assert faults_of_hierarchy(hierarchy, uploaded=False) == []
    assert faults_of_network(network, hierarchy) == []
    assert {e["v"]["evidence"] for e in aspects_of(network)["edges"]} == {"similarity"}


def test_the_rules_are_noticed_when_broken(files: tuple[Path, Path]) -> None:
    assert "no interaction network" in faults_of_hierarchy(files[0], uploaded=True)[0]
    aspects = aspects_of(files[0])
    aspects["nodes"][1]["v"]["HCX::members"][0] = 0
    write_cx2(files[0], [{name: rows} for name, rows in aspects.items()])
    assert any("id 0" in fault for fault in faults_of_hierarchy(files[0], uploaded=False))
    assert any("not those" in fault for fault in faults_of_network(files[1], files[0]))


def test_a_kind_of_evidence_has_its_check_box_and_its_colour(files: tuple[Path, Path]) -> None:
    aspects = aspects_of(files[1])
    kinds = {edge["v"]["evidence"] for edge in aspects["edges"]}
    mapping = aspects["visualProperties"][0]["edgeMapping"]["EDGE_LINE_COLOR"]["definition"]["map"]
    assert kinds <= {entry["v"] for entry in mapping}
    assert len({entry["vp"] for entry in mapping}) == len({e["vp"] for e in mapping if e["v"]})
    assert np.isfinite([[node["x"], node["y"]] for node in aspects["nodes"]]).all()
