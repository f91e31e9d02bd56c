"""The verb ``run``: one experiment, or a grid of them (``--multirun``)."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Mapping, Sequence

from .. import config
from ..errors import ConfigError, without_passwords
from ..eval.catalogue import headlines
from ..experiment import run as run_experiment
from ..launchers import Launcher, Local, here
from ..nodes.build import Config, Settings, build
from ..nodes.values import key_of
from ..report import RunResult, write_run
from ..terminal.console import LOG, console, show_scores
from .fetch import check_sources, fetch_lacking
from .run_folder import folder_if_named, out_folder
from .settings import check, composed, load, show_run, store_of
from .up_to_date import metrics_if_unchanged, run_key

NOT_FOR_ABLATION = {"accept", "author", "fetch", "out", "overwrite", "portal", "workers"}
"""Settings of a run that are left out of the command that compares its modalities."""


def run(overrides: list[str]) -> None:
    """One experiment, all five stages (default: the demo); -m key=a,b: one for each value."""
    if "-m" in overrides or "--multirun" in overrides:
        _run_many([word for word in overrides if word not in ("-m", "--multirun")])
        return
    settings = composed("run", overrides)
    settings["out"] = str(out_folder(settings, _run_name(settings)))
    metrics = _metrics(settings)
    show_scores(metrics, headlines(metrics))
    if command := modality_ablation(overrides, settings["data"], metrics):
        console.print(f"Does each modality help? {command}", soft_wrap=True)
    show_run(settings)


def modality_ablation(
    overrides: Sequence[str], data: Config, metrics: Mapping[str, float]
) -> str | None:
    """Return the command that compares a run's modalities; None for one, or without references.

    It has the data and components of the run. Its primary metric is that of the ablation, or of
    the metrics of the run the most similar one.

    Args:
        overrides: Those of the run.
        data: The composed data config.
        metrics: Of the run.
    """
    if len(data.get("fuse") or data["modalities"]) < 2:
        return None
    primary = config.option("ablation", "modalities")["primary"]
    ending = primary[primary.index(".") :]
    measured = [name for name in metrics if name.endswith(ending)]
    measured += [name for name in headlines(metrics) if name in metrics]
    measured = [name for name in measured if not name.startswith("map.")]
    if not measured:
        return None
    kept = [text for text in overrides if key_of(text) not in NOT_FOR_ABLATION]
    if not {"data", "experiment"} & {key_of(text) for text in kept}:
        kept = [f"data={config.chosen('run')['data']}", *kept]
    if primary not in measured:
        kept.append(f"ablation.primary={measured[0]}")
    words = ["cytoweave", "ablate", "ablation=modalities", *kept, "seeds=5"]
    return without_passwords(shlex.join(words))


def make_run(settings: Settings) -> RunResult:
    """Run one experiment; write its folder if ``out`` is set."""
    settings["title"] = settings["data"].get("title", "Cell map")
    check_sources(settings)
    if settings["fetch"]:
        fetch_lacking(settings)
    store = store_of(settings)
    key = run_key(settings, store) if settings["out"] else ""
    with folder_if_named(settings, key) as folder:
        result = run_experiment(settings, store)
        if folder:
            write_run(folder, result, portal=settings["portal"])
    return result


def _metrics(settings: Settings) -> dict[str, float]:
    """Run one experiment, unless the folder at ``out`` is up to date; return its metrics.

    Components are built, and what they need is imported, only if there is something to do.
    """
    metrics = metrics_if_unchanged(settings)
    if metrics is not None:
        LOG.info(f"{settings['out']}: up to date: the same settings, files and code; left as it is")
        return metrics
    check(settings)
    return dict(make_run(settings).scores.metrics)


def _run_many(overrides: list[str]) -> None:
    """Run every combination of overrides with several values, each in its own folder."""
    runs = config.expand(overrides)
    if len(runs) == 1:
        raise ConfigError("-m: no setting names several values; write key=a,b,c.")
    given = [word for word in overrides if word.startswith("out=")]
    base = given[-1].removeprefix("out=") if given else f"runs/{time.strftime('%Y-%m-%dT%H-%M-%S')}"
    varied = [[w for w in words if w not in overrides] for words in runs]
    calls = []
    for number, (words, names) in enumerate(zip(runs, varied, strict=True)):
        label = re.sub(r"[^\w.,=+-]+", "_", ",".join(names))
        kept = [word for word in words if word not in given]
        calls.append([*kept, f"out={base}/{number}_{label}"])
    settings = [load("run", words) for words in calls]  # check all before the first starts
    launcher: Launcher = build("launcher", settings[0]["launcher"])
    lines = [f"{k} of {len(runs)}: {' '.join(names)}" for k, names in enumerate(varied, 1)]
    if isinstance(launcher, Local):  # one after the other, each with all cores
        for line, words in zip(lines, calls, strict=True):
            console.print(line, highlight=False)
            run(words)
        return
    made = launcher.spread(
        _run_elsewhere,
        [(words, launcher.cores) for words in calls],
        workers=settings[0]["workers"] or len(calls),
        folder=store_of(settings[0]).root,
    )
    for line, own, metrics in zip(lines, settings, made, strict=True):
        console.print(line, highlight=False)
        show_scores(metrics, headlines(metrics))
        show_run(own)


def _run_elsewhere(words: list[str], cores: int) -> dict[str, float]:
    """Run one of many experiments in a task; return its metrics."""
    settings = composed("run", words) | here(cores)
    settings["out"] = str(out_folder(settings))
    return _metrics(settings)


def _run_name(settings: Settings) -> str:
    return "demo" if settings["data"].get("simulate") else ""
