"""A FASTA file as one vector per protein: the shares of its amino acids."""

import re
from pathlib import Path

import numpy as np

from cytoweave.artifacts import Embedding, Reading
from cytoweave.data.identifiers import IdentifierMap, translate
from cytoweave.errors import DataError

AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"


def read_fasta(
    path: Path, *, modality: str = "sequence", identifiers: IdentifierMap | None = None
) -> Reading:
    """Read amino-acid composition, ``(N, 20)``, named by the gene (``GN=``) or the first word.

    Args:
        path: A FASTA file; a key of the config, as every argument but those that are given.
        modality: Given: what the vectors are called.
        identifiers: Given: brings names to current symbols; None leaves them.

    Raises:
        DataError: If a record holds no amino acid.
    """
    records: dict[str, str] = {}
    for record in path.read_text().split(">")[1:]:
        header, _, sequence = record.partition("\n")
        gene = re.search(r"GN=(\S+)", header)
        records.setdefault(gene[1] if gene else header.split()[0], sequence)
    names, table = translate(list(records), identifiers)
    result = {}
    for name, given, sequence in zip(names, records, records.values(), strict=True):
        counts = np.array([sequence.upper().count(letter) for letter in AMINO_ACIDS])
        if not counts.any():
            raise DataError(f"{path.name}: record '{given}' holds no amino acid; remove it.")
        result.setdefault(name, counts / counts.sum())  # of isoforms the first
    vectors = np.array(list(result.values()), np.float32)
    return Reading(Embedding.of_modality(modality, list(result), vectors), table)
