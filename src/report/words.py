"""Display names of references and their parts; those of metrics are in `eval.catalogue`."""

from __future__ import annotations

REFERENCES = {
    "corum": "CORUM complexes",
    "go_cc": "GO cellular components",
    "hpa": "Human Protein Atlas locations",
    "sec": "Co-elution (SEC-MS)",
    "truth": "Simulated truth",
}

SHORT = {"corum": "CORUM", "go_cc": "GO-CC", "hpa": "HPA", "sec": "SEC-MS"}
"""Short names of references."""

PARTS = {"all": "", "tune": "half used for choosing settings", "held_out": "half held out"}

HPA_CAUTION = (
    "Image encoders trained on Human Protein Atlas labels, as the published one was, have seen "
    "these locations: for them the comparison is partly circular."
)


def reference_name(reference: str) -> str:
    """Return the display name of a reference."""
    return REFERENCES[reference] if reference in REFERENCES else reference.replace("_", " ")


def short_name(reference: str) -> str:
    """Return the short display name of a reference, for table cells."""
    return SHORT[reference] if reference in SHORT else reference_name(reference)
