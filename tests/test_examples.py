"""The notebooks in `examples/` run as they stand, and stay small."""

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NOTEBOOKS = sorted(path.name for path in EXAMPLES.glob("*.ipynb"))
MAX_OUTPUT = 8000
"""Characters of an output that is kept in a notebook."""


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS == ["first_map.ipynb", "new_encoder.ipynb", "sweep.ipynb"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_explains_itself_and_keeps_no_heavy_output(name: str) -> None:
    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ")
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    assert outputs
    assert max(len(json.dumps(out)) for out in outputs) < MAX_OUTPUT
    assert not [out for out in outputs if out.get("name") == "stderr"]
    assert str(Path.home()) not in (EXAMPLES / name).read_text()


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CYTOWEAVE_STORE", str(tmp_path / "store"))
    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    folder = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources=folder).execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    assert not [out for out in outputs if out.get("name") == "stderr"]
    assert [cell for cell in notebook.cells if cell.cell_type == "code"][-1].outputs
