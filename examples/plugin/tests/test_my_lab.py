"""The plug-in's parts, each against a result worked out by hand, and as Cytoweave sees them."""

from pathlib import Path

import my_lab
import numpy as np
import pytest
import torch
from my_lab.metric import purity
from scipy import sparse

from cytoweave import config
from cytoweave.artifacts import Hierarchy, TermSet
from cytoweave.data import reading
from cytoweave.errors import DataError
from cytoweave.eval import catalogue
from cytoweave.stages import Parts


def test_the_backbone_embeds_every_size() -> None:
    network = my_lab.Tiny(dim=8)
    for size in (32, 64):
        assert network(torch.rand(3, 4, size, size)).shape == (3, 8)


def test_the_option_is_offered_and_fits() -> None:
    parts = Parts.of(config.load("run", ["image_encoder=tiny", "eval=purity"]))
    assert "my_lab.backbone" in parts.image_encoder.modules  # its source counts for what is kept
    assert "my_lab.metric" in parts.eval.modules


def test_purity_by_hand() -> None:
    members = sparse.csr_array(np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 1, 1, 1]], np.float32))
    edges, ones = np.array([[0, 1], [0, 2]]), np.ones(3, np.float32)
    names = ("root", "first", "second")
    hierarchy = Hierarchy(tuple("ABCD"), names, members, edges, ones.astype(int), ones)
    terms = TermSet.from_sets({"ab": ("", {"A", "B", "Z"}), "d": ("", {"D"})})
    assert purity(hierarchy, terms) == pytest.approx((2 / 2 + 2 / 4) / 2)
    assert catalogue.find("corum", "purity") is my_lab.metric.PURITY


def test_the_reader_gives_shares_of_amino_acids(tmp_path: Path) -> None:
    (tmp_path / "p.fasta").write_text(">sp|P1|X GN=ABC1 PE=1\nAAC\nC\n>DEF2\nWWWW\n")
    node = {"kind": "fasta", "path": str(tmp_path / "p.fasta")}
    result = reading.read("data.modalities.sequence", node, identifiers=None, strict=True).value
    assert result.proteins == ("ABC1", "DEF2")
    assert result.modalities == ("sequence",)
    assert result.vectors[0, :2].tolist() == [0.5, 0.5]
    assert result.vectors.sum(axis=1) == pytest.approx([1, 1])


def test_a_record_without_a_sequence_is_named(tmp_path: Path) -> None:
    (tmp_path / "p.fasta").write_text(">ABC1\n\n")
    node = {"kind": "fasta", "path": str(tmp_path / "p.fasta")}
    with pytest.raises(DataError, match="'ABC1' holds no amino acid"):
        reading.read("data.modalities.sequence", node, identifiers=None, strict=True)
