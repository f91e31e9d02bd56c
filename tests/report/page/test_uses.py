"""Sections of uses: pictures are images, in which nothing of theirs can run."""

from base64 import b64decode

import pandas as pd

from cytoweave.artifacts import Findings
from cytoweave.report.page.uses import use_sections


def test_svg_files_are_shown_as_images() -> None:
    drawn = '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
    table = pd.DataFrame({"assembly": ["S1"]})
    result = Findings("A <title>", {"asked": table}, files={"a.svg": drawn, "b.gmt": "S1"})
    page = use_sections({"asked": result}, {})[0].html
    assert page.count("<img") == 1
    assert "<script" not in page
    assert 'alt="A &lt;title&gt;"' in page
    kept = page.partition("base64,")[2].partition('"')[0]
    assert b64decode(kept).decode() == drawn
