"""HTML and SVG from the Jinja2 templates next to the code; autoescape keeps names text."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

__all__ = ["Markup", "asset", "render"]

ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1]),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
"""Templates are named by their path below the package, so each room keeps its own."""

ENVIRONMENT.policies["json.dumps_kwargs"] = {
    "allow_nan": False,
    "separators": (",", ":"),
    "ensure_ascii": False,
}
"""What ``tojson`` writes scripts' data by; it escapes what could end a script element."""

ENVIRONMENT.filters["counted"] = "{:,}".format
"""A whole number with its thousands apart."""


def render(template: str, **values: object) -> Markup:
    """Return a template filled with plain data; text is escaped, `Markup` is not.

    Args:
        template: Path below the package, such as ``report/page/templates/page.html.j2``.
        **values: What the template names.

    Raises:
        jinja2.UndefinedError: If it names a value that is not given.
    """
    return Markup(ENVIRONMENT.get_template(template).render(**values))  # escaped by Jinja2


def asset(package: str, name: str) -> Markup:
    """Return a script or a style sheet that ships with a package, to be placed as it is."""
    return Markup(files(package).joinpath(name).read_text(encoding="utf-8"))  # our own
