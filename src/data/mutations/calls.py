"""Readers of mutations by patient: MAF, lists of mutated genes, gene x patient tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from ...artifacts.mutations import Mutations, Patients
from ...errors import DataError
from ..identifiers import IdentifierMap, resolve
from ..names import NamePolicy
from ..numbers import is_number
from ..sheets import Sheet, find_column, header_of, plain
from ..textfiles import listed
from .counts import ONLY

NON_SILENT = frozenset({
    "Frame_Shift_Del", "Frame_Shift_Ins", "In_Frame_Del", "In_Frame_Ins", "Missense_Mutation",
    "Nonsense_Mutation", "Nonstop_Mutation", "Splice_Site", "Translation_Start_Site",
})  # fmt: skip
"""Classes of the MAF specification that change the protein."""

SILENT = "Silent"

OUTSIDE = frozenset({
    "3'Flank", "3'UTR", "5'Flank", "5'UTR", "De_novo_Start_InFrame", "De_novo_Start_OutOfFrame",
    "IGR", "Intron", "RNA", "Splice_Region", "Targeted_Region", "lincRNA",
})  # fmt: skip
"""Classes that are neither: they are left out."""

GENE, CLASS, SAMPLE = "Hugo_Symbol", "Variant_Classification", "Tumor_Sample_Barcode"
BUILD, POSITION = "NCBI_Build", "Start_Position"
COHORTS = frozenset({"cohort", "cancertype", "tumortype", "tumourtype", "cancertypeacronym"})
"""What a column of cohorts is called, in small letters without signs."""

TCGA_PATIENT = 12
"""Letters of a TCGA barcode that name the patient."""

HYPERMUTATED_GENES = 1000
"""Mutated genes above which a patient is noted as hypermutated."""


def is_maf(header: Sequence[str]) -> bool:
    """Return whether a table with this header is a MAF."""
    return {GENE, CLASS, SAMPLE} <= set(header)


def is_list(header: Sequence[str]) -> bool:
    """Return whether a table has a row per patient with its mutated genes."""
    return len(header) <= 3 and plain(header[-1]).startswith("genes") and len(header) > 1


def read_maf(
    path: Path,
    sheet: Sheet,
    identifiers: IdentifierMap | None,
    names: NamePolicy,
    samples: Mapping[str, str] | None,
) -> Mutations:
    """Read a MAF with at least columns of gene, class and sample.

    Samples of one TCGA patient are merged. Calls are grouped by a column of cohorts, or by
    `samples`.

    Raises:
        DataError: If it has no known mutation class, or no sample is in `samples`.
    """
    line, header = header_of(sheet)
    cohort = next((name for name in header if plain(name) in COHORTS), None)
    texts = [GENE, CLASS, SAMPLE, *(n for n in (BUILD, POSITION) if n in header)]
    table = sheet.read(header, after=line, texts=texts + ([cohort] if cohort else []))
    notes = [*sheet.notes, *_class_notes(path, table[CLASS])]
    if BUILD in table:
        builds = {cell.lstrip("GRChg").replace("19", "37") for cell in set(table[BUILD])} - {""}
        if len(builds) > 1:
            notes.append(f"{path.name}: mixes genome builds {listed(sorted(set(table[BUILD])))}.")
    table = table[table[CLASS].isin([*NON_SILENT, SILENT]) & ~table[GENE].isin(["", "Unknown"])]
    if table.empty:
        raise DataError(f"{path.name}: no row is of a class such as Missense_Mutation or Silent.")
    position = table[POSITION] if POSITION in table else pd.Series(table.index, table.index)
    calls = pd.DataFrame(
        {
            "gene": table[GENE],
            "sample": table[SAMPLE],
            "cohort": table[cohort] if cohort else ONLY,
            "silent": table[CLASS] == SILENT,
            "position": position.astype(str),
        }
    )
    return _counted(path, calls, identifiers, names, samples, notes)


def read_list(
    path: Path,
    sheet: Sheet,
    identifiers: IdentifierMap | None,
    names: NamePolicy,
    samples: Mapping[str, str] | None,
) -> Mutations:
    """Read rows ``[cohort] patient genes``, the genes separated by blanks; none are silent.

    Raises:
        DataError: If it names no gene.
    """
    line, header = header_of(sheet)
    table = sheet.read(header, after=line, texts=list(header))
    rows = [
        (gene, row[-2], row[0] if len(header) == 3 else ONLY)
        for row in table.itertuples(index=False, name=None)
        for gene in str(row[-1]).split()
    ]
    twice = table[header[-2]].duplicated()
    notes = [*sheet.notes]
    if twice.any():
        notes.append(f"{path.name}: {twice.sum()} patients have several rows, which were joined.")
    return _counted(path, _bare_calls(path, rows), identifiers, names, samples, notes)


def read_matrix(
    path: Path,
    sheet: Sheet,
    identifiers: IdentifierMap | None,
    names: NamePolicy,
    samples: Mapping[str, str] | None,
) -> Mutations:
    """Read genes x patients; a cell above 0 is a mutated gene, columns of text are left out.

    Raises:
        DataError: If a value is negative, or nothing is mutated.
    """
    line, header = header_of(sheet)
    first = next((cells for number, cells in sheet.head if number > line), ())
    columns = [name for name, cell in zip(header[1:], first[1:], strict=False) if is_number(cell)]
    if not columns:
        raise DataError(
            f"{path.name} is no table of mutations: it has columns {listed(header)}. It needs "
            f"{GENE}, {CLASS} and {SAMPLE} of a MAF, nonsilent_patients_<COHORT> and "
            "silent_mutations_<COHORT>, or a column of 0 and 1 for each patient."
        )
    gene = find_column(sheet, header, header[0])
    table = sheet.read(header, after=line, texts=[gene], numbers=columns)
    values = table[columns].to_numpy(float)
    if (values < 0).any():
        row, column = np.argwhere(values < 0)[0]
        raise DataError(
            f"{sheet.where(int(table.index[row]))}: {columns[column]}, {values[row, column]:g}, is "
            "below 0; a cell is 0, or more where the gene is mutated."
        )
    symbols = table[gene].tolist()
    rows = [(symbols[i], columns[j], ONLY) for i, j in np.argwhere(values > 0).tolist()]
    calls = _bare_calls(path, rows)
    patients = None if samples is not None else dict.fromkeys(columns, ONLY)
    return _counted(path, calls, identifiers, names, samples or patients, [*sheet.notes])


def _bare_calls(path: Path, rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    if not rows:
        raise DataError(f"{path.name}: no gene is mutated.")
    calls = pd.DataFrame(rows, columns=["gene", "sample", "cohort"], dtype=object)
    return calls.assign(silent=False, position="")


def _class_notes(path: Path, classes: pd.Series[str]) -> list[str]:
    strange = sorted(set(classes) - NON_SILENT - OUTSIDE - {SILENT, ""})
    if not strange:
        return []
    count = int(classes.isin(strange).sum())
    return [f"{path.name}: {count} rows of unknown class {listed(strange, 4)} were left out."]


def _counted(
    path: Path,
    calls: pd.DataFrame,
    identifiers: IdentifierMap | None,
    names: NamePolicy,
    samples: Mapping[str, str] | None,
    notes: list[str],
) -> Mutations:
    """Return calls as counts and as a gene x patient matrix."""
    if samples is not None:
        calls = calls.assign(cohort=calls["sample"].map(lambda name: _cohort_of(name, samples)))
        unknown = calls["cohort"] == ""
        if unknown.all():
            raise DataError(
                f"samples: names no sample of {path.name}, such as '{calls['sample'].iloc[0]}'."
            )
        if unknown.any():
            notes.append(f"{path.name}: {unknown.sum()} calls of samples of no cohort left out.")
        calls = calls[~unknown]
    patient = calls["sample"].map(_patient)
    if patient.nunique() < calls["sample"].nunique():
        twice = calls["sample"].nunique() - patient.nunique()
        notes.append(f"{path.name}: {twice} samples are further ones of a patient; joined.")
    resolved = resolve(path.name, calls["gene"], names, identifiers)
    rows, symbols = resolved.spread(calls["gene"].tolist())
    calls = calls.assign(patient=patient).iloc[list(rows)].assign(gene=symbols)
    calls = calls.drop_duplicates(["patient", "gene", "silent", "position"])
    every = dict(sorted(samples.items())) if samples else {}
    groups = pd.Series(
        {_patient(name): cohort for name, cohort in every.items()}
        | dict(zip(calls["patient"], calls["cohort"], strict=True)),
        dtype=object,
    ).sort_index(kind="stable")
    groups = groups.sort_values(kind="stable")
    genes, cohorts = sorted(set(calls["gene"])), sorted(set(groups))
    number = pd.Index(cohorts).get_indexer(pd.Index(groups))
    loud, quiet = calls[~calls["silent"]], calls[calls["silent"]]
    shape = (len(groups), len(genes))
    place = (
        groups.index.get_indexer(pd.Index(loud["patient"])),
        pd.Index(genes).get_indexer(pd.Index(loud["gene"])),
    )
    hits = sparse.csr_array((np.ones(len(loud), np.int32), place), shape=shape) > 0
    notes += _burden_notes(path, hits, groups.index)
    member = sparse.csr_array(
        (np.ones(len(groups), np.int32), (number, np.arange(len(groups)))),
        shape=(len(cohorts), len(groups)),
    )
    silent = np.zeros((len(genes), len(cohorts)), np.int32)
    column = pd.Index(cohorts).get_indexer(pd.Index(quiet["cohort"]))
    np.add.at(silent, (pd.Index(genes).get_indexer(pd.Index(quiet["gene"])), column), 1)
    patients = Patients(tuple(map(str, groups.index)), number.astype(np.int32), hits)
    return Mutations(
        tuple(genes),
        tuple(cohorts),
        (member @ hits.astype(np.int32)).toarray().T.astype(np.int32),
        silent if len(quiet) else None,
        np.bincount(number, minlength=len(cohorts)).astype(float),
        patients,
        (*notes, *resolved.notes),
    )


def _burden_notes(path: Path, hits: sparse.csr_array, names: pd.Index[str]) -> list[str]:
    burden = np.asarray(hits.sum(axis=1)).ravel()
    many = np.flatnonzero(burden > HYPERMUTATED_GENES)
    if not len(many):
        return []
    most = int(burden.argmax())
    return [
        f"{path.name}: {len(many)} patients have more than {HYPERMUTATED_GENES:,} mutated genes "
        f"(most: {names[most]}, {burden[most]:,}); leave out hypermutated "
        "ones, or say that they are in."
    ]


def _patient(sample: str) -> str:
    return sample[:TCGA_PATIENT] if sample.startswith("TCGA-") else sample


def _cohort_of(sample: str, samples: Mapping[str, str]) -> str:
    return samples.get(sample) or samples.get(_patient(sample), "")
