"""Metrics of a run for the report: headline metrics with text, the others by name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ...eval.catalogue import Form, Metric, find, metrics

CONTEXT = ("null_mean", "z", "p", "lo", "hi")
"""Context of a metric in scores.json, ``<metric>.<context>``."""


@dataclass(frozen=True)
class Headline:
    """A headline metric as text: value, interval, null, z and p."""

    reference: str
    part: str
    metric: Metric
    value: str
    interval: str
    null: str
    z: str
    p: str


def headlines(values: Mapping[str, float]) -> list[Headline]:
    """Return the headline metrics of the page, by reference, in the order of the catalogue.

    References and parts keep the order in which they first occur.
    """
    split = [name.split(".") for name in values]
    parts: dict[str, dict[str, None]] = {}
    for reference, part, _ in (name for name in split if len(name) == 3):
        parts.setdefault(reference, {})[part] = None
    order = dict.fromkeys(metric.name for metric in metrics())
    rows = []
    for reference, name in ((reference, name) for reference in parts for name in order):
        metric = find(reference, name)
        for part in parts[reference]:
            value = values.get(f"{reference}.{part}.{name}", math.nan)
            if metric is not None and metric.page and not math.isnan(value):
                rows.append(_headline(values, f"{reference}.{part}.{name}", metric))
    return rows


def written(value: float, form: Form = "index") -> str:
    """Write a number as people read it; "" for NaN.

    >>> written(1234.0, "count"), written(0.4142, "share"), written(0.86764)
    ('1,234', '41.4 %', '0.868')
    """
    if math.isnan(value):
        return ""
    if form == "share":
        return f"{100 * value:.3g} %"
    if form == "count":
        return f"{value:,.0f}" if float(value).is_integer() or value >= 10 else f"{value:.2g}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def small(p: float) -> str:
    """Write a p value or false discovery rate: two digits, powers of ten below .001.

    Below 1e-16 no test is right about its own assumptions, and the number would be noise.

    >>> small(0.0476), small(3.2e-9), small(0.0)
    ('0.048', '3 × 10⁻⁹', '< 10⁻¹⁶')
    """
    if math.isnan(p):
        return ""
    if p < 1e-16:
        return "< 10⁻¹⁶"
    if p >= 0.001:
        return f"{p:.2g}"
    digits, power = f"{p:.0e}".split("e")
    return f"{digits} × 10{str(int(power)).translate(SUPERSCRIPT)}"


SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _headline(values: Mapping[str, float], name: str, metric: Metric) -> Headline:
    about = {key: values.get(f"{name}.{key}", math.nan) for key in CONTEXT}
    low, high = written(about["lo"], metric.form), written(about["hi"], metric.form)
    reference, part, _ = name.split(".")
    return Headline(
        reference,
        part,
        metric,
        written(values[name], metric.form),
        f"{low} to {high}" if low and high else "",
        written(about["null_mean"], metric.form),
        written(about["z"]),
        small(about["p"]),
    )
