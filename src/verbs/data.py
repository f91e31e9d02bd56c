"""The verb ``data``: quality control, simulation, crops of cells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .. import config
from ..data.fetch.overview import recorded
from ..data.simulation import simulate
from ..errors import ConfigError
from ..nodes.build import Settings
from ..nodes.ranges import bind
from ..report import write_crops
from ..report.exchange.tables import write_tables
from ..stages import Pipeline
from ..stages.dataset import completed
from ..stages.given import crops
from ..stages.reading import simulate as simulated
from ..studies.data_check import check_tables
from ..studies.realism import realism
from ..terminal.console import console, show, show_paths
from .run_folder import folder_if_named, new_folder, out_folder
from .settings import store_of

TITLES = {
    "modalities": "Proteins of each combination of modalities",
    "baits": "Baits",
    "sources": "Fetched from public sources",
    "agreement": "Two measurements of one protein against those of two (auroc 0.5: chance)",
}
"""Tables of ``data check`` that are shown whole."""


def data(overrides: list[str]) -> None:
    """Data check: what a set holds; data simulate: a simulated cell; data crops: cells to see."""
    actions: dict[str, Callable[[Settings], None]] = {
        "check": _check,
        "simulate": _simulate,
        "crops": _crops,
    }
    if not overrides or overrides[0] not in actions:
        names = ", ".join([*actions, "fetch"])  # which is a verb of its own
        raise ConfigError(f"say `cytoweave data ACTION ...`, ACTION one of {names}.")
    actions[overrides[0]](config.load("data", overrides[1:]))


def _check(settings: Settings) -> None:
    """Show the quality control of a data set; write it if ``out`` is given."""
    with folder_if_named(settings) as folder:
        place, count = store_of(settings), config.workers(settings)
        data = Pipeline.of(settings, place).read(settings)
        nodes = simulated(place, completed(settings["data"]), settings["seed"], count)
        tables = check_tables(data, nodes, settings["seed"])
        sources = recorded(settings["data"], Path(settings["data_root"]))
        tables |= {"sources": sources} if len(sources) else {}
        if folder:
            write_tables(folder / "tables", {"parts": data.inventory(), **tables})
    show("Data", data.inventory())
    if not completed(settings["data"])["id_map"]:
        console.print("names are taken as they are: without data.id_map none is looked up")
    console.print(f"{len(data.offered()):,} proteins to map")
    counts = tables["modalities"].iloc[0]
    all_of = (
        f"all {counts['modalities']} modalities" if counts["modalities"] > 1 else "the modality"
    )
    console.print(f"{counts['at_least']:,} proteins have {all_of}: {counts['combination']}")
    for name, title in TITLES.items():
        if name in tables:
            show(title, tables[name])
    if "lost" in tables:
        reasons = tables["lost"].groupby("reason", sort=False)["protein"].agg(["size", "first"])
        table = reasons.reset_index().set_axis(["reason", "proteins", "e.g."], axis=1)
        show("What the map will not see", table)
    if settings["out"]:
        show_paths([("tables", out_folder(settings) / "tables")])


def _crops(settings: Settings) -> None:
    with new_folder(settings, "crops") as folder:
        chosen = {name: settings["crops"][name] for name in ("per_protein", "proteins")}
        title = f"Cells of {settings['data'].get('title', 'the data set')}"
        write_crops(folder, crops(settings, store_of(settings)), title=title, **chosen)
    show_paths([("page", out_folder(settings) / "index.html")])


def _simulate(settings: Settings) -> None:
    if not settings["data"].get("simulate"):
        raise ConfigError("this data config simulates nothing; choose data=demo.")
    with new_folder(settings, "simulated") as folder:
        chosen = dict(settings["data"]["simulate"])
        own = chosen.pop("seed", None)
        seed = settings["seed"] if own is None else own
        chosen = bind("data.simulate", simulate, chosen)
        simulate(folder, **chosen, seed=seed, workers=config.workers(settings))
        table = realism(folder, seed=seed)
    show("The simulated cell compared with real data sets", table)
    show_paths([("simulated cell", out_folder(settings))])
