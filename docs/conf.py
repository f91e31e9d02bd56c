"""Settings of Sphinx: the pages, the Python API, the reference pages and the notebooks as one site.

``make docs`` builds it from the root of the repository, so that links between README, `docs/` and
`examples/` are the same here and on a code host.
"""

import sys
from pathlib import Path

import cytoweave

sys.path.insert(0, str(Path(__file__).parent))  # for reference_pages.py

project = "Cytoweave"
author = "The authors of Cytoweave"
copyright = author  # noqa: A001 - Sphinx's name
version = release = cytoweave.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "myst_nb",
    "reference_pages",
]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/*.md", "examples/*.ipynb", "examples/plugin/README.md"]
exclude_patterns = [".venv*", "build", "node_modules", "src", "tests", "typings", "web"]

# A warning fails the build (`sphinx-build -W`), and so does a link to nothing. Types of other
# libraries, and those beside the public API, have no page here; what stands in single backticks is
# a name only if there is one.
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!cytoweave\.\w+$).*")]
default_role = "py:obj"

myst_enable_extensions: list[str] = []
myst_heading_anchors = 4
highlight_language = "none"  # what a terminal shows
smartquotes = False  # values are typed with straight ones

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 88

nb_execution_mode = "force"  # the source may have changed where a notebook has not
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 900  # seconds for a cell: a tenth of that where the cores are free
nb_merge_streams = True

html_theme = "furo"
html_title = "Cytoweave"
html_static_path = ["static"]
html_css_files = ["site.css"]
templates_path = ["templates"]
html_additional_pages = {"index": "forward.html"}
html_show_sourcelink = False
html_copy_source = False
