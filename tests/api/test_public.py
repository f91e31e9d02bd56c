"""The public names: light to import, complete, and apart from the names of sub-packages."""

import importlib
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import cytoweave as cw

NAMES = {
    "AblationResult", "ConfigError", "CytoweaveError", "DataError", "Embedding", "Findings",
    "Hierarchy", "Network", "RunResult", "Scores", "SweepResult", "TrainingResult", "ablate",
    "clean_store", "compare", "contrast", "convert", "evaluate", "evidence", "fetch",
    "functions", "map",
    "mutations", "names", "objective", "places", "portal", "property", "read", "robustness",
    "run",
    "structures_plan", "structures_rates", "structures_read", "sweep", "train", "upload",
    "write_report",
}  # fmt: skip
HEAVY = {"hydra", "numpy", "omegaconf", "pandas", "rich", "scipy", "torch", "yaml"}
PACKAGES = sorted(path.parent.name for path in Path(cw.__file__).parent.glob("*/__init__.py"))


def python(code: str) -> str:
    """Run code in a process of its own; return what it prints."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_contract_is_all_and_all_is_there() -> None:
    assert set(cw.__all__) == NAMES
    assert list(cw.__all__) == sorted(cw.__all__)
    assert set(dir(cw)) >= NAMES | {"__version__"}
    for name in NAMES:
        assert inspect.getdoc(getattr(cw, name)), name
    with pytest.raises(AttributeError, match="module 'cytoweave' has no attribute 'fetsh'"):
        getattr(cw, "fetsh")  # noqa: B009 - mypy refuses the plain form, as it should


def test_the_import_is_quick_as_it_loads_little() -> None:
    code = "import sys; before = {*sys.modules}; import cytoweave; print(*{*sys.modules} - before)"
    loaded = set(python(code).split())
    assert not HEAVY & loaded
    assert len(loaded) < 30


def test_a_map_needs_neither_torch_nor_optuna(pairs: pd.DataFrame) -> None:
    pairs.to_csv("pairs.tsv", sep="\t", index=False)
    code = (
        "import sys, cytoweave as cw; found = cw.map('pairs.tsv', workers=1); "
        "print(len(found.names), {'torch', 'optuna', 'monai'} & set(sys.modules))"
    )
    assert python(code).split() == ["9", "set()"]


@pytest.mark.slow  # every package is imported, in both orders
@pytest.mark.parametrize("first", ["names", "packages"])
def test_names_and_sub_packages_do_not_get_in_each_others_way(first: str) -> None:
    assert not NAMES & set(PACKAGES)
    steps = {
        "names": "names = {n: getattr(cw, n) for n in cw.__all__}",
        "packages": f"packages = [importlib.import_module(f'cytoweave.{{n}}') for n in {PACKAGES}]",
    }
    order = [steps[first], *(step for name, step in steps.items() if name != first)]
    code = (
        f"import importlib, types\nimport cytoweave as cw\n{order[0]}\n{order[1]}\n"
        "assert all(getattr(cw, n) is v for n, v in names.items())\n"
        "assert all(getattr(cw, p.__name__.split('.')[1]) is p for p in packages)\n"
        "print(sum(isinstance(v, types.ModuleType) for v in names.values()))"
    )
    assert python(code).strip() == "0"


def test_every_verb_of_the_command_line_has_its_function() -> None:
    verbs = importlib.import_module("cytoweave.cli").VERBS
    renamed = {"data_fetch": "fetch", "report": "write_report", "store": "clean_store"}
    assert {renamed.get(verb, verb) for verb in verbs} - NAMES == {"data", "schema"}
