"""Volcano and mover plots: every point where its numbers say, the highest named, all escaped."""

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from cytoweave.report.page.contrast_plots import COLOURS, HEIGHT, WIDTH, contrast_plots


def tables(n: int = 40) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(0)
    p = np.sort(rng.random(n)) ** 4
    kinds = np.where(p < 0.001, "changed", np.where(p > 0.5, "conserved", "undecided"))
    assemblies = pd.DataFrame(
        {
            "assembly": ["<A&0>", *(f"A{k}" for k in range(1, n))],
            "effect": rng.normal(size=n) / 5,
            "p": p,
            "class": kinds,
        }
    )
    movers = pd.DataFrame(
        {
            "protein": [f"P{k}" for k in range(n)],
            "distance": rng.random(n) * 9,
            "score": -np.log10(p),
            "p": p,
            "fdr": p * 2,
        }
    )
    return {"contrast": assemblies, "movers": movers}


def test_points_lie_where_their_numbers_say() -> None:
    given = tables()
    html = str(contrast_plots(given, {"A1": "proteasome"}))
    pictures = html[html.index("<svg") :].split("<svg")[1:]
    assert len(pictures) == 2
    for picture, x in zip(pictures, ("effect", "distance"), strict=True):
        root = ET.fromstring("<svg" + picture.partition("</svg>")[0] + "</svg>")
        dots = root.findall("circle")
        name = "contrast" if x == "effect" else "movers"
        table = given[name].iloc[::-1]  # the surest are drawn last, on top
        drawn = np.array([[float(dot.get(key, "")) for key in ("cx", "cy")] for dot in dots])
        assert np.corrcoef(drawn[:, 0], table[x])[0, 1] == pytest.approx(1, abs=1e-4)
        assert np.corrcoef(drawn[:, 1], -np.log10(table["p"]))[0, 1] == pytest.approx(-1, abs=1e-4)
        assert (drawn > 0).all()
        assert (drawn < [WIDTH, HEIGHT]).all()
        labels = [text.text for text in root.findall("text")]
        assert ("<A&0>" if name == "contrast" else "P0") in labels
    assert "proteasome" in html
    assert html.count(COLOURS["conserved"]) > 5


def test_what_was_not_tested_has_no_picture() -> None:
    given = {name: table.assign(p=np.nan) for name, table in tables().items()}
    assert contrast_plots(given, {}) == ""
