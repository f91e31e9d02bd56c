"""Results of predictors written as each of them writes, of a complex whose metrics are known."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import gemmi
import numpy as np
import pytest
from numpy.typing import NDArray

LETTERS = "ACDEFGHIKLMNPQRSTVWY"


class Dimer:
    """Two chains side by side: residue k of both at x = 4 k, 6 Å apart in y."""

    def __init__(self, seed: int = 0, lengths: tuple[int, int] = (12, 9)) -> None:
        rng = np.random.default_rng(seed)
        self.lengths = lengths
        self.sequences = ["".join(rng.choice(list(LETTERS), n)) for n in lengths]
        self.pae: NDArray[np.float64] = rng.uniform(0.5, 25, (sum(lengths),) * 2).round(2)
        self.plddt: NDArray[np.float64] = rng.uniform(60, 99, sum(lengths)).round(2)

    def structure(self, names: str = "AB", order: tuple[int, int] = (0, 1)) -> gemmi.Structure:
        result = gemmi.Structure()
        model = gemmi.Model(1)
        for place in order:
            chain = gemmi.Chain(names[place])
            for k, letter in enumerate(self.sequences[place]):
                residue = gemmi.Residue()
                residue.name = gemmi.expand_one_letter(letter, gemmi.ResidueKind.AA)
                residue.seqid = gemmi.SeqId(str(k + 1))
                residue.label_seq = k + 1
                residue.subchain = names[place]
                residue.entity_type = gemmi.EntityType.Polymer
                atoms = ("N", "CA", "C", "O") + (("CB",) if letter != "G" else ())
                for n, name in enumerate(atoms):
                    residue.add_atom(self._atom(name, n, k, place))
                chain.add_residue(residue)
            model.add_chain(chain)
        result.add_model(model)
        return result

    def _atom(self, name: str, n: int, k: int, place: int) -> gemmi.Atom:
        atom = gemmi.Atom()
        atom.name, atom.element = name, gemmi.Element(name[0])
        y = 6.0 * place + (0.0 if name in ("CA", "CB") else 30.0 * (2 * place - 1) + n)
        atom.pos = gemmi.Position(4.0 * k, y, 0.0)
        atom.b_iso = float(self.plddt[k + place * self.lengths[0]])
        return atom

    def cif(self, names: str = "AB", order: tuple[int, int] = (0, 1)) -> str:
        return str(self.structure(names, order).make_mmcif_document().as_string())

    def pdb(self) -> str:
        return str(self.structure().make_pdb_string())

    def distances(self) -> NDArray[np.float64]:
        a, b = (4.0 * np.arange(n) for n in self.lengths)
        return np.hypot(a[:, None] - b[None, :], 6.0)

    def colabfold(self, folder: Path, job: str = "one", model: int = 1) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        rank = f"rank_00{model}_alphafold2_multimer_v3_model_{model}_seed_000"
        scores = {"plddt": self.plddt.tolist(), "pae": self.pae.tolist(), "iptm": 0.6, "ptm": 0.7}
        path = folder / f"{job}_scores_{rank}.json"
        path.write_text(json.dumps(scores | {"max_pae": 25.0}))
        (folder / f"{job}_unrelaxed_{rank}.pdb").write_text(self.pdb())
        return path

    def alphafold3(self, folder: Path, *, order: tuple[int, int] = (0, 1)) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        chains = ["A"] * self.lengths[0] + ["B"] * self.lengths[1]
        numbers = [k + 1 for n in self.lengths for k in range(n)]
        full = {"pae": self.pae.tolist(), "token_chain_ids": chains, "token_res_ids": numbers}
        path = folder / "confidences.json"
        path.write_text(json.dumps(full))
        summary = {"iptm": 0.6, "ptm": 0.7, "ranking_score": 0.65}
        summary |= {"chain_pair_iptm": [[0.9, 0.61], [0.61, 0.8]]}  # type: ignore[dict-item]
        (folder / "summary_confidences.json").write_text(json.dumps(summary))
        (folder / "model.cif").write_text(self.cif(order=order))
        return path

    def boltz(self, folder: Path, job: str = "one") -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"confidence_{job}_model_0.json"
        pairs = {"0": {"0": 0.9, "1": 0.5}, "1": {"0": 0.55, "1": 0.9}}
        path.write_text(json.dumps({"iptm": 0.5, "ptm": 0.7, "pair_chains_iptm": pairs}))
        np.savez(folder / f"pae_{job}_model_0.npz", pae=self.pae)
        np.savez(folder / f"plddt_{job}_model_0.npz", plddt=self.plddt / 100)
        (folder / f"{job}_model_0.cif").write_text(self.cif())
        return path

    def chai(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "scores.model_idx_2.npz"
        pairs = np.array([[[0.9, 0.5], [0.55, 0.9]]])
        one = np.array([0.6])
        np.savez(path, iptm=one, ptm=one, aggregate_score=one, per_chain_pair_iptm=pairs)
        (folder / "pred.model_idx_2.cif").write_text(self.cif())
        return path


@pytest.fixture
def dimer() -> Dimer:
    return Dimer()


@pytest.fixture
def examples(real_data: Path, tmp_path: Path) -> Path:
    """Real outputs, laid out as the predictors lay them out."""
    source = real_data / "structure" / "examples"
    place = tmp_path / "examples"
    for path in source.glob("*.gz"):
        layout, _, name = path.name.removesuffix(".gz").partition("__")
        folder = {"af3local": "af3local/pdl1_binder", "boltz": "boltz/predictions/pdl1_binder"}
        inside = place / folder.get(layout, layout)
        sample = name.startswith("seed-1_sample-1_")
        if sample:
            inside, name = inside / "seed-1_sample-1", name.removeprefix("seed-1_sample-1_")
        inside.mkdir(parents=True, exist_ok=True)
        (inside / name).write_bytes(gzip.decompress(path.read_bytes()))
    return place
