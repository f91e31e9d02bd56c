"""Names by a language model, alone or with reference terms, calibrated on contaminated controls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression

from ...artifacts import Card, Findings
from ...eval.terms.overlap import Index, Values
from .calibration import Confidence
from .calls import CallResult
from .interview import Interview
from .naming import name_sets
from .reliability import Outcomes, auroc, calibration_table, interval, reliability
from .stacked import cross_validated, drawn_members, features_of, fit, shares_of
from .support import is_supported

MIN_AUROC = 0.8
"""AUROC of real against random sets from which a model's names are shown."""


@dataclass(frozen=True)
class Sureness:
    """How sure names are, from controls.

    Attributes:
        confidence: Of every set that was asked about.
        held_out: Of the controls, learned from those of other sets.
        outcomes: What calibration is judged by: confidences that were held out, whether each is
            right, and the set that each is of.
        aurocs: Real v random, real v half, half v random: ``metric value lo hi``.
        meaning: What the confidence is the probability of.
    """

    confidence: Values
    held_out: Values
    outcomes: tuple[Values, Outcomes, Index]
    aurocs: pd.DataFrame
    meaning: str

    @property
    def tells(self) -> bool:
        """Whether real sets are discriminated from random ones well enough to show names."""
        return bool(self.aurocs["value"].iloc[0] >= MIN_AUROC)


def isotonic(answered: Interview) -> Sureness:
    """Return confidences as isotonic regression on the controls makes them of the stated ones.

    Real and contaminated controls weigh the same together.
    """
    rows, stated = answered.controls, answered.stated
    real = np.array([answered.kinds[k] == "real" for k in rows])
    groups = answered.sources[rows]
    held_out = np.empty(len(rows))
    for group in np.unique(groups):
        inside = groups == group
        held_out[inside] = _isotonic(stated[rows][~inside], real[~inside], stated[rows][inside])
    return Sureness(
        _isotonic(stated[rows], real, stated),
        held_out,
        (held_out, real, groups),
        aurocs_of(answered, stated, answered.given.use.seed),
        "a set is as it was and not contaminated, where half of the sets are",
    )


def stacked(answered: Interview, confidence: Confidence) -> Sureness:
    """Return confidences of a stack of what the model says and what reference terms say."""
    given, rows, seed = answered.given, answered.controls, answered.given.use.seed
    sets = [one.members for one in answered.subjects]
    named = name_sets(given.terms, given.columns(sets), [len(one) for one in sets], seed)
    features = features_of(answered.stated, answered.agreement, confidence.expected_share(named))
    shares = shares_of([answered.kinds[k] for k in rows])
    groups = answered.sources[rows]
    held_out = cross_validated(features[rows], shares, groups, seed)
    whole = np.zeros(len(answered.subjects))
    whole[rows] = held_out
    return Sureness(
        np.asarray(fit(features[rows], shares).predict_proba(features)[:, 1], float),
        held_out,
        drawn_members(held_out, shares, groups),
        aurocs_of(answered, whole, seed),
        "a member belongs with the others, where controls with all, half and none are equally "
        "frequent",
    )


def _isotonic(stated: Values, real: Outcomes, queried: Values) -> Values:
    """Return P(real) by isotonic regression, kept from 0 and 1 by a half count."""
    if not 0 < real.sum() < len(real):
        return np.full(len(queried), 0.5)
    weights = np.where(real, 0.5 / real.sum(), 0.5 / (~real).sum())
    fitted = IsotonicRegression(out_of_bounds="clip").fit(stated, real, sample_weight=weights)
    least = 0.5 / (real.sum() + 1)
    return np.asarray(np.clip(fitted.predict(queried), least, 1 - least), float)


PAIRS = (("real", "random"), ("real", "half"), ("half", "random"))


def aurocs_of(answered: Interview, values: Values, seed: int) -> pd.DataFrame:
    """Return AUROCs of values between kinds of controls, with intervals over sets."""
    rows = answered.controls
    kinds, score = np.array([answered.kinds[k] for k in rows], object), values[rows]
    groups, aurocs = answered.sources[rows], []
    for above, below in PAIRS:
        inside = np.isin(kinds, [above, below])
        upper, chosen_scores = (kinds == above)[inside], score[inside]

        def statistic(k: Index, scores: Values = chosen_scores, upper: Outcomes = upper) -> float:
            return auroc(scores[k], upper[k])

        low, high = interval(statistic, groups[inside], seed, 200)
        aurocs.append((f"auroc, {above} v {below}", auroc(chosen_scores, upper), low, high))
    return pd.DataFrame(aurocs, columns=["metric", "value", "lo", "hi"])


def findings(answered: Interview, sure: Sureness, source: str) -> Findings:
    """Return names, how sure they are, and everything that was said.

    Args:
        answered: What the model said.
        sure: How sure its names are.
        source: What the names come from, in words.
    """
    given, seed = answered.given, answered.given.use.seed
    rows = answered.controls
    table = _table(answered, sure, source)
    scores = pd.concat(
        [
            sure.aurocs,
            calibration_table(*sure.outcomes, seed),
        ],
        ignore_index=True,
    )
    controls = pd.DataFrame(
        {
            "assembly": [given.names[answered.subjects[k].source] for k in rows],
            "kind": [answered.kinds[k] for k in rows],
            "name": [_name(answered.replies[k][0]) for k in rows],
            "stated_confidence": answered.stated[rows],
            "agreement": answered.agreement[rows].round(4),
            "confidence": sure.held_out.round(4),
            "flag": [answered.replies[k][0].flag for k in rows],
        }
    )
    tables = {
        "names": table,
        "scores": scores,
        "reliability": reliability(*sure.outcomes[:2]),
        "controls": controls,
        **given.alias_table(),
    }
    metrics = {"named": float((table["name"] != "").sum()), **_claims(answered)}
    metrics["auroc"] = float(sure.aurocs["value"].iloc[0])
    return Findings(
        f"Names of assemblies by {source}",
        tables,
        metrics,
        _notes(sure, source, metrics),
        _cards(table),
        {"names.jsonl": _records(answered, sure)},
    )


def _name(reply: CallResult) -> str:
    return reply.answer.name if reply.answer else ""


def _table(answered: Interview, sure: Sureness, source: str) -> pd.DataFrame:
    given, rows = answered.given, []
    positions = {one.source: k for k, one in enumerate(answered.subjects) if one.kind == "real"}
    for row, name in enumerate(given.names):
        k = positions.get(row)
        reply = answered.replies[k][0] if k is not None else None
        answer = reply.answer if reply else None
        shown = answer is not None and answer.coherent and sure.tells
        labels = [given.labels[one] for one in given.sets[row].tolist()]
        carriers = [
            label
            for label, one in (answer.members.items() if answer else ())
            if one["status"] in ("known", "plausible")
        ]
        rows.append(
            {
                "assembly": name,
                "name": answer.name if answer and shown else "",
                "source": source if shown else "",
                "confidence": round(float(sure.confidence[k]), 4) if k is not None else 0.0,
                "coverage": round(len(carriers) / max(len(labels), 1), 4),
                "runner_up": answer.alternatives[0]
                if answer and shown and answer.alternatives
                else "",
                "members": len(labels),
                "stated_confidence": float(answered.stated[k]) if k is not None else np.nan,
                "agreement": round(float(answered.agreement[k]), 4) if k is not None else np.nan,
                "carriers": " ".join(carriers) if shown else "",
                "others": " ".join(x for x in labels if x not in carriers) if shown else "",
                "invented": len(answer.invented) if answer else 0,
                "missed": len(answer.missed) if answer else 0,
                "flags": _flag(reply, sure),
            }
        )
    return pd.DataFrame(rows)


def _flag(reply: CallResult | None, sure: Sureness) -> str:
    if reply is None:
        return "not asked: too large or too small"
    if reply.flag or reply.answer is None:
        return reply.flag
    if not sure.tells:
        return "not shown: the model does not tell real sets from random ones"
    return "" if reply.answer.coherent else "nothing shared, says the model"


def _claims(answered: Interview) -> dict[str, float]:
    """Return the share of claims that shared terms support, and that of claims on other sets."""
    given = answered.given
    if given.known is None:
        return {}
    claims = [
        (k, text, about)
        for k, replies in enumerate(answered.replies)
        if answered.kinds[k] == "real" and replies[0].answer
        for text, about in replies[0].answer.claims
        if len(about) > 1
    ]
    if not claims:
        return {}
    position = {label: k for k, label in enumerate(given.labels)}
    columns = [given.columns([np.array([position[x] for x in about])])[0] for *_, about in claims]
    texts = [text for _, text, _ in claims]
    shift = max(len(texts) // 2, 1)
    other = texts[shift:] + texts[:shift]
    supported = [is_supported(given.known, *one) for one in zip(texts, columns, strict=True)]
    by_chance = [is_supported(given.known, *one) for one in zip(other, columns, strict=True)]
    return {
        "claims": float(len(claims)),
        "claims_supported": float(np.mean(supported)),
        "claims_supported.null": float(np.mean(by_chance)),
    }


def _notes(sure: Sureness, source: str, metrics: Mapping[str, float]) -> tuple[str, ...]:
    first = sure.aurocs.iloc[0]
    span = f"{first['lo']:.2f} - {first['hi']:.2f}"
    sentence = f"AUROC of real against random sets: {first['value']:.2f} ({span})."
    notes = (
        [sentence]
        if sure.tells
        else [f"No name is shown: {sentence} At least {MIN_AUROC} is needed."]
    )
    notes.append(
        f"Names are machine-made, by {source}. Confidence is the probability that {sure.meaning}; "
        "learned from the controls of this run."
    )
    if "claims" in metrics:
        notes.append(
            f"Of {metrics['claims']:.0f} claims on two and more members, shared terms support "
            f"{metrics['claims_supported']:.0%}; of claims on other sets "
            f"{metrics['claims_supported.null']:.0%}."
        )
    return tuple(notes)


def _records(answered: Interview, sure: Sureness) -> str:
    """Return, a line of JSON for each set that was asked about, everything that was said."""
    lines = []
    for k, (one, replies) in enumerate(zip(answered.subjects, answered.replies, strict=True)):
        record = {
            "assembly": answered.given.names[one.source],
            "kind": one.kind,
            "members": [answered.given.labels[x] for x in one.members.tolist()],
            "confidence": round(float(sure.confidence[k]), 4),
            "agreement": round(float(answered.agreement[k]), 4),
            "answers": [
                {"flag": x.flag, "keys": x.keys, "answer": _plain(x.answer)} for x in replies
            ],
        }
        lines.append(json.dumps(record, ensure_ascii=True, sort_keys=True))
    return "\n".join(lines) + "\n"


def _plain(answer: object) -> object:
    return None if answer is None else vars(answer)


def _cards(table: pd.DataFrame) -> dict[str, Card]:
    kept = ("name", "source", "confidence", "coverage", "runner_up", "carriers", "others", "flags")
    return {
        str(row["assembly"]): {"machine_made": True, **{key: row[key] for key in kept}}
        for row in table.to_dict("records")
    }
