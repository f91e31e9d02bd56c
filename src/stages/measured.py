"""Measurements of a map's proteins, kept with the run for report and portal."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from ..artifacts import ElutionProfiles, ImageSet, Network
from ..data.sheets import find_column, header_of, open_sheet
from ..nodes.build import Config
from ..report.measured import NAME_COLUMNS, Measured, profiles_of, subnetwork
from ..report.thumbnails import thumbnails
from .dataset import DataSet

HGNC = {
    "name": "name",
    "aliases": "alias_symbol",
    "uniprot": "uniprot_ids",
    "ensembl": "ensembl_gene_id",
    "hgnc": "hgnc_id",
    "entrez": "entrez_id",
}
"""Columns of other names in the table of symbols."""
FORMER = "prev_symbol"


def measured(data: DataSet, proteins: Collection[str], config: Config) -> Measured:
    """Return interactions, elution profiles, image thumbnails and names of a map's proteins.

    Args:
        data: The data set of the map.
        proteins: The proteins of the map.
        config: The data config, whose ``id_map`` gives other names of proteins.
    """
    chosen = frozenset(proteins)
    modalities = {name: part.measurement for name, part in data.modalities.items()}
    references = {name: part.measurement for name, part in data.references.items()}
    given = {"pairs": data.pairs.measurement} if data.pairs else {}
    return Measured(
        {
            k: subnetwork(m, chosen)
            for k, m in (given | modalities).items()
            if isinstance(m, Network)
        },
        {
            k: profiles_of(m, chosen)
            for k, m in (references | modalities).items()
            if isinstance(m, ElutionProfiles)
        },
        {
            k: thumbnails(m, sorted(chosen))
            for k, m in modalities.items()
            if isinstance(m, ImageSet)
        },
        names(chosen, config),
    )


def names(proteins: Collection[str], config: Config) -> pd.DataFrame:
    """Return other names of proteins, from the table of symbols of a data config."""
    places = config.get("id_map")
    if not places or config.get("simulate"):  # proteins of a simulated cell have no other names
        return pd.DataFrame(columns=list(NAME_COLUMNS))
    table = _symbols(Path(places["symbols"]))
    table = table[table["symbol"].isin(proteins)].drop_duplicates("symbol")
    columns = pd.DataFrame({"protein": table["symbol"]})
    for column, source in HGNC.items():
        columns[column] = table[source]
    columns["aliases"] = [
        "|".join(filter(None, pair))
        for pair in zip(table[HGNC["aliases"]], table[FORMER], strict=True)
    ]
    return columns.sort_values("protein").reset_index(drop=True)


def _symbols(path: Path) -> pd.DataFrame:
    """Read the table of symbols; a column that it lacks is blank."""
    sheet = open_sheet(path)
    line, header = header_of(sheet)
    texts = [find_column(sheet, header, "symbol")]
    wanted = [FORMER, *HGNC.values()]
    table = sheet.read(header, after=line, texts=[*texts, *(n for n in wanted if n in header)])
    return table.assign(**{name: "" for name in wanted if name not in header})
