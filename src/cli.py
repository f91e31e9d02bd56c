"""The command ``cytoweave``: verbs, help, exit codes."""

from __future__ import annotations

import re
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from . import __version__, config
from .errors import ConfigError, CytoweaveError
from .terminal.console import console, logging_to, show, show_paths, show_scores, size
from .terminal.signals import stopped_alike
from .verbs.run_folder import new_folder, out_folder

USAGE = "cytoweave VERB [key=value ...]  (--help after a verb shows its settings)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code: 0, or 2 for what the user can mend.

    Args:
        arguments: The command line after the program's name; by default the real one.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    try:
        with stopped_alike():
            _dispatch(words)
    except CytoweaveError as error:
        if debug:
            raise
        print(f"cytoweave: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        print("cytoweave: stopped; finished stages are remembered.", file=sys.stderr)  # noqa: T201
        return 130
    return 0


def _dispatch(words: list[str]) -> None:
    if not words or words[0] in ("-h", "--help"):
        _show_verbs()
        return
    if words[0] == "--version":
        console.print(f"cytoweave {__version__}", highlight=False)
        return
    verb, rest = words[0], words[1:]
    if verb not in VERBS:
        raise ConfigError(f"there is no verb '{verb}'; choose one of {', '.join(VERBS)}.")
    if "-h" in rest or "--help" in rest:
        _show_help(verb)
        return
    with logging_to():
        VERBS[verb](rest)


def run(overrides: list[str]) -> None:
    """One experiment, all five stages (default: the demo); -m key=a,b: one for each value."""
    if "-m" in overrides or "--multirun" in overrides:
        _run_many([word for word in overrides if word not in ("-m", "--multirun")])
        return
    settings = _load("run", overrides)
    settings["title"] = settings["data"].get("title", "Cell map")
    with new_folder(settings, _run_name(settings)) as folder:
        from .experiment import run as run_experiment
        from .report import write_run

        result = run_experiment(settings, _store(settings))
        write_run(folder, result)
    show_scores(result.scores.figures)
    _show_run(settings, _run_name(settings))


def train(overrides: list[str]) -> None:
    """Weights of an encoder, trained on a data set, and what they are worth."""
    settings = _load("train", overrides)
    with new_folder(settings) as folder:
        from .studies.encoder_training import train as train_encoder

        found = train_encoder(settings, _store(settings))
        found.write(folder)
    if found.scores.figures:
        count = found.scores.figures[f"{settings['reference']}.unseen.knn_proteins"]
        title = f"Locations of {count:.0f} held-out proteins, told by their nearest"
        show(title, found.comparison())
    place = out_folder(settings)
    if found.checkpoint:
        show_paths([("weights", place / "checkpoint.pt"), ("curves", place / "curves.tsv")])
        console.print(f"sha256 {found.sha256}", highlight=False)
    else:
        show_paths([("vectors", place / "embedding.tsv.gz")])


def sweep(overrides: list[str]) -> None:
    """An Optuna study over experiments: many trials, many workers, one storage."""
    from .studies.sweep import Sweep
    from .studies.sweep.conclusion import conclude

    planned = Sweep.of(overrides)
    summary = conclude(planned, planned.run())
    import pandas as pd

    counts = pd.DataFrame({word: pd.Series(summary[word]) for word in ("computed", "reused")})
    show("What the trials computed and reused", counts.fillna(0).rename_axis("stage").reset_index())
    states = ", ".join(f"{count} {state}" for state, count in summary["states"].items())
    console.print(f"trials: {states}; best: {summary['best']['trial']}", highlight=False)
    console.print(summary["verdict"], highlight=False)
    folder = planned.plan.folder
    show_paths([("study", folder), ("report", folder / "report.html"), ("best", folder / "best")])


def ablate(overrides: list[str]) -> None:
    """The same experiment with parts taken out or replaced, over seeds, with paired tests."""
    from .studies.ablation import Ablation, compared, write_ablation

    planned = Ablation.of(overrides)
    place: dict[str, Any] = {"out": str(planned.folder), "overwrite": planned.overwrite}
    with new_folder(place | {"variants": dict(planned.variants)}) as folder:
        values = planned.run()
        table = compared(values, planned.correction)
        write_ablation(folder, planned.name, values, table)
    show("Ablation", table)
    show_paths([("tables", planned.folder), ("report", planned.folder / "report.html")])


def map_(overrides: list[str]) -> None:
    """A hierarchy from somebody's edge list or embedding table."""
    settings = _load("map", overrides)
    settings["title"] = (
        f"Cell map of {Path(settings['network'] or settings['embedding'] or '').name}"
    )
    with new_folder(settings) as folder:
        from .experiment import map_given
        from .report import write_run

        write_run(folder, map_given(settings, _store(settings)))
    _show_run(settings)


def evaluate(overrides: list[str]) -> None:
    """Scores of somebody's hierarchy or embedding."""
    from .experiment import evaluate_given

    _write_scores("evaluate", overrides, evaluate_given, plots=True)


def robustness(overrides: list[str]) -> None:
    """Which assemblies come back with proteins left out, and which need every modality."""
    from .studies.robustness import robustness as find_robustness

    _write_scores("robustness", overrides, find_robustness)


def compare(overrides: list[str]) -> None:
    """How much two maps have in common."""
    settings = _load("compare", overrides)
    with new_folder(settings) as folder:
        from .experiment import compare_given
        from .report import write_scores

        scores = compare_given(settings)
        write_scores(folder, scores)
    show("What the maps share", scores.tables["shared"])
    show_paths([("tables", out_folder(settings) / "tables")])


def convert(overrides: list[str]) -> None:
    """A hierarchy in another file form."""
    settings = config.load("convert", overrides)
    out = Path(settings["out"]).absolute()
    if out.exists() and not settings["overwrite"]:
        raise ConfigError(f"out={out} exists; choose another or set overwrite=true.")
    from .maps import read_hierarchy
    from .report import write_map

    hierarchy = read_hierarchy(Path(settings["hierarchy"]))
    show_paths([("written", path) for path in write_map(out, hierarchy)])


def report(overrides: list[str]) -> None:
    """The page and the exchange files of a finished run."""
    settings = config.load("report", overrides)
    from .report import read_run, write_run

    folder = Path(settings["run"])
    write_run(folder, read_run(folder))
    show_paths([("report", folder.resolve() / "report.html")])


def data(overrides: list[str]) -> None:
    """Data check: what a set holds; data simulate: a simulated cell; data crops: cells to see."""
    actions: dict[str, Callable[[dict[str, Any]], None]] = {
        "check": _check_data,
        "simulate": _simulate,
        "crops": _crops,
    }
    if not overrides or overrides[0] not in actions:
        raise ConfigError(f"say `cytoweave data ACTION ...`, ACTION one of {', '.join(actions)}.")
    actions[overrides[0]](config.load("data", overrides[1:]))


def store(overrides: list[str]) -> None:
    """What is remembered, how large; store clean --keep 20GB: down to a size."""
    clean = overrides[:1] == ["clean"]
    words = " ".join(overrides[1:] if clean else overrides).replace("--keep ", "--keep=")
    settings = config.load("store", words.replace("--keep=", "keep=").split())
    place = _store(settings)
    if clean:
        gone = place.clean(_bytes(settings["keep"]))
        freed = size(sum(entry.size for entry in gone))
        console.print(f"dropped {len(gone)} results, {freed}", highlight=False)
    _show_store(place)


VERBS: dict[str, Callable[[list[str]], None]] = {
    "run": run,
    "train": train,
    "sweep": sweep,
    "ablate": ablate,
    "map": map_,
    "evaluate": evaluate,
    "robustness": robustness,
    "compare": compare,
    "convert": convert,
    "report": report,
    "data": data,
    "store": store,
}


def _run_many(overrides: list[str]) -> None:
    """Run every combination of overrides that name several values, each in a folder of its own."""
    runs = config.expand(overrides)
    if len(runs) == 1:
        raise ConfigError("-m: no setting names several values; write key=a,b,c.")
    given = [word for word in overrides if word.startswith("out=")]
    base = given[-1].removeprefix("out=") if given else f"runs/{time.strftime('%Y-%m-%dT%H-%M-%S')}"
    varied = [[w for w in words if w not in overrides] for words in runs]
    for words in runs:  # all of them are known to compose before the first begins
        config.load("run", words)
    for number, (words, names) in enumerate(zip(runs, varied, strict=True)):
        label = re.sub(r"[^\w.,=+-]+", "_", ",".join(names))
        console.print(f"{number + 1} of {len(runs)}: {' '.join(names)}", highlight=False)
        run([*(word for word in words if word not in given), f"out={base}/{number}_{label}"])


def _load(verb: str, overrides: list[str]) -> dict[str, Any]:
    settings = config.load(verb, overrides)
    given = settings.get("calibration")
    if isinstance(given, str) and Path(given).is_file():  # the run's folder stands alone
        from .maps.sizes import read_points

        settings["calibration"] = read_points(given)
    settings["command"] = shlex.join(["cytoweave", verb, *overrides])
    return settings


def _write_scores(
    verb: str,
    overrides: list[str],
    find: Callable[[dict[str, Any], Any], Any],
    *,
    plots: bool = False,
) -> None:
    """Find the scores that a verb asks for, write them, as pictures too if wanted, show them."""
    settings = _load(verb, overrides)
    with new_folder(settings) as folder:
        from .report import write_plots, write_scores

        scores = find(settings, _store(settings))
        write_scores(folder, scores)
        if plots:
            given = settings["hierarchy"] or settings["embedding"]
            write_plots(folder / "plots.html", scores, f"Scores of {Path(given).name}")
    show_scores(scores.figures)
    if "references" in scores.tables:
        show("References, and why they may not be independent", scores.tables["references"])
    place = out_folder(settings)
    drawn = [("plots", place / "plots.html")] if plots else []
    show_paths([("scores", place / "scores.json"), ("tables", place / "tables"), *drawn])


def _run_name(settings: dict[str, Any]) -> str:
    return "demo" if settings["data"].get("simulate") else ""


def _store(settings: dict[str, Any]) -> Any:
    from .store import Store

    return Store(Path(settings["store"]))


def _show_run(settings: dict[str, Any], default: str = "") -> None:
    folder = out_folder(settings, default)
    show_paths([("run", folder), ("report", folder / "report.html")])


def _check_data(settings: dict[str, Any]) -> None:
    from .experiment import dataset

    found = dataset(settings, _store(settings))
    show("Data", found.inventory())
    console.print(f"{len(found.offered()):,} proteins to map", highlight=False)


def _crops(settings: dict[str, Any]) -> None:
    with new_folder(settings, "crops") as folder:
        from .experiment import crops
        from .report import write_crops

        chosen = {name: settings["crops"][name] for name in ("per_protein", "proteins")}
        title = f"Cells of {settings['data'].get('title', 'the data set')}"
        write_crops(folder, crops(settings, _store(settings)), title=title, **chosen)
    show_paths([("page", out_folder(settings) / "index.html")])


def _simulate(settings: dict[str, Any]) -> None:
    if not settings["data"].get("simulate"):
        raise ConfigError("this data config simulates nothing; choose data=demo.")
    with new_folder(settings, "simulated") as folder:
        from .config import workers
        from .data.simulation import simulate
        from .studies.realism import realism

        chosen = dict(settings["data"]["simulate"])
        own = chosen.pop("seed", None)
        seed = settings["seed"] if own is None else own
        simulate(folder, **chosen, seed=seed, workers=workers(settings))
        table = realism(folder, seed=seed)
    show("The simulated cell beside real sets", table)
    show_paths([("simulated cell", out_folder(settings))])


def _show_store(place: Any) -> None:
    import pandas as pd

    entries = place.entries()
    rows = pd.DataFrame(
        [
            {"stage": entry.stage, "results": 1, "bytes": entry.size, "used": entry.used}
            for entry in entries
        ],
        columns=["stage", "results", "bytes", "used"],
    )
    rows = rows.groupby("stage", as_index=False).agg(
        {"results": "sum", "bytes": "sum", "used": "max"}
    )
    rows["size"] = rows.pop("bytes").map(size)
    rows["last used"] = rows.pop("used").map(
        lambda seconds: time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
    )
    show(f"Store {place.root}", rows)
    console.print(f"{size(sum(entry.size for entry in entries))} in all", highlight=False)


def _bytes(text: str) -> int:
    units = {"kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "B": 1}
    words = str(text).strip()
    unit = next((name for name in units if words.endswith(name)), "")
    try:
        number = float(words.removesuffix(unit))
    except ValueError:
        number = -1
    if number < 0:
        raise ConfigError(f"keep must be a size such as 20GB or 500MB, got '{text}'.")
    return int(number * units.get(unit, 1))


def _show_verbs() -> None:
    console.print(f"usage: {USAGE}\n", highlight=False, markup=False)
    for verb in VERBS:
        console.print(f"  {verb:12s}{config.verb_header(verb)}", highlight=False, markup=False)


def _show_help(verb: str) -> None:
    console.print(f"usage: cytoweave {verb} [key=value ...]", highlight=False, markup=False)
    console.print(config.verb_header(verb) + "\n", highlight=False, markup=False)
    for group, names in config.groups(verb).items():
        for name in names:
            line = f"  {f'{group}={name}':40s}{config.header(group, name)}"
            console.print(line, highlight=False, markup=False, soft_wrap=True)
    console.print("\nSettings, each as key=value:", highlight=False)
    console.print(config.own_settings(verb), highlight=False, markup=False, soft_wrap=True)
