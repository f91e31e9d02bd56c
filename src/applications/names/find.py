"""Naming of assemblies, with confidence and the members that support the name."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...artifacts import Card, Findings
from ...eval.terms.overlap import Index
from ..use import Use, chosen_settings
from .calibration import AS_CLOSE, Confidence, Probes
from .given import Given
from .interview import Model, interview, planned
from .language import findings, isotonic, stacked
from .naming import Naming, name_sets

LOG = logging.getLogger("cytoweave")

MAX_LISTED_MEMBERS = 60
"""Members that are listed by name; of more, how many they are is said."""


@dataclass(frozen=True)
class Options:
    """How assemblies are named; the verb's own settings, see ``conf/names.yaml``."""

    method: str
    random_named: float
    hidden_terms: int
    random_sets: int


def find_names(use: Use) -> Findings:
    """Name the assemblies of a map, or gene sets; remembered in the store.

    Raises:
        ConfigError: If a covariate is not there, or a model is not named as it must be.
        DataError: If no reference fits the map.
    """
    options = chosen_settings(Options, use.settings)
    model = chosen_settings(Model, use.settings)
    given = Given.read(use)
    if options.method == "reference":
        return _remembered(given, options)
    return by_model(given, options, model)


def by_model(given: Given, options: Options, model: Model) -> Findings:
    """Name by a language model, alone or together with reference terms."""
    use = given.use
    calls = model.calls(use.store.root / "llm")
    if model.plan:
        return planned(given, model, calls, use.seed)
    source = f"llm {model.endpoint['model']}"
    confidence = _confidence(given, options)[1] if options.method == "stacked" else None
    answered = interview(given, model, calls, use.seed)
    LOG.info("names: %d requests, the other answers were kept.", calls.sent)
    if confidence is None:
        return findings(answered, isotonic(answered), source)
    references = ", ".join(dict.fromkeys(given.terms.references))
    return findings(
        answered, stacked(answered, confidence), f"{source} with reference {references}"
    )


def _remembered(given: Given, options: Options) -> Findings:
    settings, known = given.use.settings, given.terms
    return given.use.remembered(
        "names",
        [__name__],
        lambda: by_reference(given, options),
        config=[vars(options), given.compared, settings["sets"] is None, len(known.terms)],
        inputs=given.keys,
        values=[given.pool.strata],
    )


def _confidence(given: Given, options: Options) -> tuple[list[Naming], Confidence]:
    """Return the names of random sets, and how sure reference names are."""
    seed, known = given.use.seed, given.terms
    probes = Probes.of(known, given.pool, given.places, options.hidden_terms, seed)
    random = given.pool.random_like(
        given.sets, options.random_sets, np.random.default_rng([seed, 1])
    )
    null = name_sets(known, given.columns(random), [len(one) for one in random], seed)
    return null, Confidence.of(probes, null, options.random_named, seed)


def by_reference(given: Given, options: Options) -> Findings:
    """Name by reference terms."""
    sizes = [len(one) for one in given.sets]
    named = name_sets(given.terms, given.columns(given.sets), sizes, given.use.seed)
    null, confidence = _confidence(given, options)
    table = _table(given, named, confidence)
    return Findings(
        "Names of assemblies",
        {"names": table, "scores": confidence.scores, "reliability": confidence.curve}
        | given.alias_table(),
        {
            "named": float((table["name"] != "").sum()),
            "unnamed": float((table["name"] == "").sum()),
            "threshold": confidence.threshold,
            "random_named": float((confidence.predict(null) > confidence.threshold).mean()),
        },
        _notes(given, options, confidence),
        _cards(table),
    )


def _table(given: Given, named: Sequence[Naming], confidence: Confidence) -> pd.DataFrame:
    known, sure = given.terms, confidence.predict(named)
    rows = []
    for name, one, p, members in zip(given.names, named, sure.tolist(), given.sets, strict=True):
        shown = bool(one.rows) and p > confidence.threshold
        carriers = given.places[one.carriers]
        others = np.setdiff1d(members, carriers)
        rows.append(
            {
                "assembly": name,
                "name": _words(given, one.rows) if shown else "",
                "source": _source(given, one) if shown else "",
                "confidence": round(p, 4),
                "coverage": round(one.coverage, 4),
                "runner_up": _words(given, (one.runner_up,)) if one.runner_up >= 0 else "",
                "members": one.size,
                "best_terms": "; ".join(known.terms[k] for k in one.rows),
                "significance": round(one.score, 2),
                "carriers": _listed(given, carriers) if shown else "",
                "others": _listed(given, others) if shown else "",
                "best_name": _words(given, one.rows),
            }
        )
    return pd.DataFrame(rows)


def _source(given: Given, naming: Naming) -> str:
    """Return which references a name comes from."""
    return f"reference {', '.join(sorted({given.terms.references[k] for k in naming.rows}))}"


def _words(given: Given, rows: Sequence[int]) -> str:
    return " + ".join(given.terms.words[k] for k in rows)


def _listed(given: Given, members: Index) -> str:
    """Return names separated by blanks; of many the first, and how many more there are."""
    names = [given.labels[k] for k in members.tolist()]
    more = len(names) - MAX_LISTED_MEMBERS
    return " ".join([*names[:MAX_LISTED_MEMBERS], *([f"(+{more})"] if more > 0 else [])])


def _notes(given: Given, options: Options, confidence: Confidence) -> tuple[str, ...]:
    known = given.terms
    metrics = confidence.scores.set_index("metric")
    error = metrics.loc["calibration_error"]
    return (
        f"{len(known.terms):,} terms of {', '.join(dict.fromkeys(known.references))}; "
        f"{len(known.proteins):,} proteins of the map have one.",
        "Confidence is how often such a name was right where the terms of a known set were hidden "
        "and 0 to 100 % of its members replaced. Right: more than half of the members are of the "
        f"set, and the name is, by Jaccard, at least {AS_CLOSE:.0%} as close to it as the closest "
        "term that was not hidden.",
        f"Calibration error {error['value']:.3f} on terms not learned from; a calibrated score of "
        f"as many has {error['lo']:.3f} to {error['hi']:.3f}.",
        f"No name below a confidence of {confidence.threshold:.3f}, which "
        f"{options.random_named:.0%} of random sets exceed; they consist of {given.compared}.",
    )


def _cards(table: pd.DataFrame) -> dict[str, Card]:
    """Return for each assembly its name, where it comes from, and how sure it is."""
    kept = ("name", "source", "confidence", "coverage", "runner_up", "carriers", "others")
    return {
        str(row["assembly"]): {"machine_made": True, **{key: row[key] for key in kept}}
        for row in table.to_dict("records")
    }
