"""Coordinates of proteins from PDB and mmCIF files, with gemmi."""

from __future__ import annotations

from collections.abc import Iterator

import gemmi
import numpy as np

from ....errors import DataError
from ..complexes import Coordinates


def read_coordinates(name: str, text: str) -> Coordinates:
    """Read the proteins of the first model of a structure.

    Args:
        name: The file's, which distinguishes mmCIF (``.cif``) from PDB.
        text: Its content.

    Raises:
        DataError: If it is damaged or contains no protein.
    """
    residues = list(_residues(_model(name, text)))
    proteins = [(k, chain, one) for k, (chain, one, is_protein) in residues if is_protein]
    if not proteins:
        raise DataError(f"{name}: holds no residue of a protein.")
    chains = tuple(dict.fromkeys(chain for _, chain, _ in proteins))
    row = {chain: k for k, chain in enumerate(chains)}
    centres = [_centre(residue) for _, _, residue in proteins]
    atoms = [
        (row[chain], atom.pos.tolist())
        for _, chain, residue in proteins
        for atom in residue
        if not atom.is_hydrogen()
    ]
    last, (_, residue, _) = residues[-1]
    return Coordinates(
        chains,
        np.array([row[chain] for _, chain, _ in proteins], np.intp),
        np.array([_number(one) for _, _, one in proteins], np.intp),
        "".join(_letter(one) for _, _, one in proteins),
        np.array([one.pos.tolist() for one in centres]),
        np.array([one.b_iso for one in centres], float),
        np.array([k for k, _, _ in proteins], np.intp),
        np.array([_offset(one) for _, _, one in proteins], np.intp),
        last + _tokens(residue),
        np.array([place for _, place in atoms]),
        np.array([chain for chain, _ in atoms], np.intp),
    )


def _model(name: str, text: str) -> gemmi.Model:
    try:
        if ".cif" in name:
            structure = gemmi.make_structure_from_block(gemmi.cif.read_string(text).sole_block())
        else:
            structure = gemmi.read_pdb_string(text)
    except (ValueError, RuntimeError) as error:
        raise DataError(f"{name}: is damaged ({str(error).splitlines()[0]}).") from None
    if not len(structure):
        raise DataError(f"{name}: holds no coordinates.")
    structure.setup_entities()
    return structure[0]


def _residues(model: gemmi.Model) -> Iterator[tuple[int, tuple[str, gemmi.Residue, bool]]]:
    """Yield each residue with its first token, its chain, and whether it is of a protein."""
    token = 0
    for chain in model:
        for residue in chain:
            yield token, (chain.name, residue, residue.find_atom("CA", "*", _carbon()) is not None)
            token += _tokens(residue)


def _carbon() -> gemmi.Element:
    return gemmi.Element("C")


def _tokens(residue: gemmi.Residue) -> int:
    """Return how many tokens a residue has: one where it is standard, else one an atom."""
    return 1 if _is_standard(residue) else sum(not atom.is_hydrogen() for atom in residue)


def _is_standard(residue: gemmi.Residue) -> bool:
    return residue.name == "UNK" or bool(gemmi.find_tabulated_residue(residue.name).is_standard())


def _offset(residue: gemmi.Residue) -> int:
    """Return which of a residue's tokens is that of Cα."""
    names = [atom.name for atom in residue if not atom.is_hydrogen()]
    return 0 if _is_standard(residue) else names.index("CA")


def _centre(residue: gemmi.Residue) -> gemmi.Atom:
    """Return Cβ, or Cα of glycine and of what has no Cβ."""
    atom = residue.find_atom("CB", "*") if residue.name != "GLY" else None
    return atom or residue.find_atom("CA", "*")


def _number(residue: gemmi.Residue) -> int:
    return int(residue.label_seq or residue.seqid.num or 0)


def _letter(residue: gemmi.Residue) -> str:
    letter = gemmi.find_tabulated_residue(residue.name).one_letter_code
    return letter if letter.isupper() else "X"
