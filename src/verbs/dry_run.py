"""Dry run: ``--dry-run`` shows which stages are cached and which would be computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..applications import Finder, Use
from ..applications.contrast.find import find_contrast
from ..applications.differences import difference_map
from ..applications.evidence import find_evidence
from ..applications.functions.find import find_functions
from ..applications.mutations.find import find_mutations
from ..applications.names.find import find_names
from ..applications.places.find import find_places
from ..applications.property import find_property
from ..errors import ConfigError
from ..experiment import run as run_experiment
from ..launchers import here
from ..nodes.build import Settings
from ..nodes.conf import ACTIONS
from ..stages import Pipeline
from ..stages.given import evaluate_given, map_given
from ..store import NotRememberedError, PlanStore, Store
from ..studies.ablation import Ablation
from ..studies.encoder_training import train
from ..studies.measuring import measure_given
from ..studies.robustness import robustness
from ..studies.sweep.command import Sweep
from ..terminal.console import console, log_level
from .applications.use import place_in_run
from .fetch import show_sources
from .resolved import resolved
from .settings import load
from .store import byte_count

Work = Callable[[Settings, Store], object]
"""Function that runs a verb with its settings and the store."""


def _of_map(find: Finder) -> Work:
    return lambda settings, store: find(Use.of(settings, store))


COMPUTES: dict[str, Work] = {
    "run": run_experiment,
    "map": map_given,
    "evaluate": evaluate_given,
    "robustness": robustness,
    "train": train,
    "objective": measure_given,
    "compare": difference_map,
    "property": _of_map(find_property),
    "evidence": _of_map(find_evidence),
    "functions": _of_map(find_functions),
    "contrast": _of_map(find_contrast),
    "places": _of_map(find_places),
    "mutations": _of_map(find_mutations),
    # so that no model is asked
    "names": lambda settings, store: find_names(Use.of(settings | {"plan": True}, store)),
    "data": lambda settings, store: Pipeline.of(settings, store).read(settings),
}
"""Verbs whose stages are kept in the store."""

STUDIES = ("ablate", "sweep")
"""Verbs whose runs are counted."""

UNSTORED = frozenset(
    {
        *("structures_plan", "structures_rates", "structures_read", "convert", "report", "portal"),
        *("upload", "data_fetch", "store", "schema"),
    }
)
"""Verbs that keep no stage in the store: settings are checked and the output is named."""

SILENT_LEVEL = 60
"""Log level above all messages of the stages."""


def show_plan(verb: str, words: list[str]) -> None:
    """Print which stages are cached and which would be computed, and the output.

    Raises:
        ConfigError: If the command would be refused.
    """
    action = words[0] if words[:1] and words[0] in ACTIONS.get(verb, ()) else ""
    settings = resolved(verb, words)
    if verb in COMPUTES and action in ("", "check"):
        _show_stages(verb, load(verb, words[1:] if action else words))
    elif verb == "ablate":
        planned = Ablation.of(words)
        count, seeds = len(planned.variants), len(planned.seeds)
        console.print(f"{count} variants x {seeds} seeds: {count * seeds} maps")
    elif verb == "sweep":
        plan = Sweep.of(words).plan
        limit = f"{plan.trials} trials" if plan.trials else f"{plan.hours} hours of trials"
        searched = len(plan.space.parameters)
        console.print(f"study {plan.name}: at most {limit}, {searched} settings searched")
    elif verb == "data_fetch":
        show_sources(settings)
    elif verb == "store":
        _show_dropped(settings, action)
    if settings.get("out"):
        _show_out(Path(settings["out"]).absolute(), settings)
    elif "name" in settings and settings.get("run"):
        _show_out(place_in_run(verb, settings).absolute(), settings | {"overwrite": True})
    console.print("nothing was computed or written")


def _show_stages(verb: str, settings: Settings) -> None:
    place = PlanStore(Path(settings["store"]))
    # so that no worker process or job is started
    settings |= here(1) if "launcher" in settings else {"workers": 1}
    rest = ""
    try:
        with log_level(SILENT_LEVEL):
            COMPUTES[verb](settings, place)
    except NotRememberedError:
        rest = ", and all that follows from it"
    for name, is_there in place.stages.items():
        console.print(f"{name}: {'remembered' if is_there else f'to be computed{rest}'}")
    if place.stages and not rest:
        console.print("every stage is remembered")


def _show_dropped(settings: Settings, action: str) -> None:
    if action != "clean":
        return
    place, keep = PlanStore(Path(settings["store"])), byte_count(settings["keep"])
    entries = sorted([*place.entries(), *place.unfinished()], key=lambda entry: entry.used)
    excess, dropped = sum(entry.size for entry in entries) - keep, 0
    for entry in entries:
        if excess <= 0:
            break
        excess, dropped = excess - entry.size, dropped + 1
    console.print(f"{dropped} of {len(entries)} results would be dropped")


def _show_out(out: Path, settings: Settings) -> None:
    if not out.exists():
        console.print(f"would be written: {out}", soft_wrap=True)
    elif settings.get("overwrite") is False:
        raise ConfigError(f"out={out} exists; choose another or set overwrite=true.")
    else:
        console.print(f"would be replaced or continued: {out}", soft_wrap=True)
