"""Reader of RLIPP scores of visible neural networks, by term of a hierarchy."""

from __future__ import annotations

from pathlib import Path

from ...artifacts import Hierarchy
from ...data.numbers import is_number
from ...data.sheets import find_column, header_of, open_sheet
from ...errors import DataError

METRICS = {
    "RLIPP": "vnn_rlipp",
    "P_rho": "vnn_rho",
    "P_pval": "vnn_p",
    "C_rho": "vnn_children_rho",
    "C_pval": "vnn_children_p",
}
"""Column of ``rlipp.out`` -> attribute of an assembly.

RLIPP is how well a term's neurons predict the response, as a correlation, by how well those of the
terms below it do; above 1 the term adds something.
"""


def read_rlipp(path: Path, hierarchy: Hierarchy) -> dict[str, dict[str, float]]:
    """Read ``rlipp.out`` of cellmaps_vnn, NeST-VNN or DrugCell; return it by assembly.

    Args:
        path: The table ``Term P_rho P_pval C_rho C_pval RLIPP``.
        hierarchy: What the network was made of: terms are its names, or numbers of its rows as
            ``hierarchy.cx2`` has them. Other rows, of single genes, are left out.

    Returns:
        Assembly -> its numbers, by the attributes of `METRICS`.

    Raises:
        DataError: If a column is missing, a value is no number, a term occurs twice (the table of
            several drugs or diseases: give one), or no term is in the hierarchy.
    """
    sheet = open_sheet(path)
    line, header = header_of(sheet)
    wanted = [find_column(sheet, header, name) for name in ("Term", *METRICS)]
    table = sheet.read(header, after=line, texts=wanted)[wanted]
    known = {str(k): name for k, name in enumerate(hierarchy.names)}
    known |= {name: name for name in hierarchy.names}
    table = table[table["Term"].isin(known)].assign(Term=lambda rows: rows["Term"].map(known))
    if not len(table):
        raise DataError(f"{path.name}: no term of it is in the map; give the map it was made of.")
    if table["Term"].duplicated().any():
        twice = table["Term"][table["Term"].duplicated()].iloc[0]
        raise DataError(f"{path.name}: term '{twice}' occurs twice; give one drug or disease.")
    for name in METRICS:
        wrong = table[name][~table[name].map(is_number)]
        if len(wrong):
            raise DataError(f"{path.name}: {name} '{wrong.iloc[0]}' is not a number.")
    rows = table.set_index("Term").astype(float).rename(columns=METRICS)
    return {str(name): {str(k): float(v) for k, v in row.items()} for name, row in rows.iterrows()}
