"""What is installed is what lies in the tree, from a checkout and from a wheel."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from cytoweave.nodes import conf
from cytoweave.store.recipe import library_of, module_imports

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_folder_of_code_is_listed() -> None:
    listed = set(PROJECT["tool"]["setuptools"]["packages"])
    folders = {path.parent.relative_to(ROOT / "src") for path in (ROOT / "src").rglob("*.py")}
    result = {".".join(["cytoweave", *folder.parts]) for folder in folders}
    assert listed == result | {"cytoweave.conf"}


def test_every_library_that_is_imported_is_declared() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    lines = [
        *PROJECT["project"]["dependencies"],
        *extras["dask"],
        *extras["mlflow"],
        *extras["mudata"],
        *extras["ndex"],
    ]
    declared = {re.split(r"[<>=\[]", line)[0].lower() for line in lines}
    files = list((ROOT / "src").rglob("*.py"))
    names = {name.partition(".")[0] for path in files for name in module_imports(path, "x.y.z.v.w")}
    libraries = {library.name for name in names if (library := library_of(name))}
    assert {"numpy", "torch", "scikit-learn"} <= libraries
    assert libraries - declared == set()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an unpacked wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_holds_every_config(wheel: Path) -> None:
    packed = wheel / "cytoweave" / "conf"
    shipped = {path.relative_to(packed) for path in packed.rglob("*.yaml")}
    assert shipped == {p.relative_to(ROOT / "conf") for p in (ROOT / "conf").rglob("*.yaml")}


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    kinds = (".py", ".j2", ".css", ".js", ".typed")
    source = {p.relative_to(ROOT / "src") for p in (ROOT / "src").rglob("*") if p.suffix in kinds}
    assert source <= {
        p.relative_to(wheel / "cytoweave")
        for p in wheel.rglob("*.*")
        if p.is_relative_to(wheel / "cytoweave")
    }


def test_the_command_runs_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    code = "import sys, cytoweave.cli as c; print(c.__file__); sys.exit(c.main(['run', '--help']))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(wheel)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(str(wheel))
    assert "data=demo" in done.stdout


def test_the_command_runs_from_the_checkout(tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("cytoweave")
    done = subprocess.run(
        [command, "run", "--help"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "data=demo" in done.stdout
    assert conf.conf_folder() == ROOT / "conf"


def test_the_types_of_the_package_are_found_through_a_link() -> None:
    link = ROOT / "typings" / "cytoweave"
    assert link.is_symlink()
    assert link.resolve() == ROOT / "src"
