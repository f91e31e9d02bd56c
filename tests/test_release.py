"""What a release consists of fits together: lock, container, citation, workflows, audit."""

import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cytoweave import __version__
from cytoweave.cli import VERBS
from cytoweave.nodes import conf

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
MAKEFILE = (ROOT / "Makefile").read_text()
EXAMPLES = ROOT / "examples"


def pins(name: str) -> dict[str, Requirement]:
    """Return the pins of a file: library -> requirement."""
    lines = [line.rstrip("\\ ") for line in (ROOT / name).read_text().splitlines() if "==" in line]
    result = [Requirement(line) for line in lines]
    return {canonicalize_name(one.name): one for one in result}


LOCK, CONSTRAINTS = pins("requirements.lock"), pins("constraints.txt")
EXTRAS = [name for name in PROJECT["optional-dependencies"] if name not in ("dev", "docs")]


def version(requirement: Requirement) -> str:
    """Return the version that a pin names."""
    (only,) = requirement.specifier
    assert only.operator == "=="
    return only.version


def test_the_lock_holds_what_the_project_asks_for() -> None:
    extras = PROJECT["optional-dependencies"]
    requested = [*PROJECT["dependencies"], *(line for name in EXTRAS for line in extras[name])]
    for line in requested:
        wanted = Requirement(line)
        name = canonicalize_name(wanted.name)
        pinned = CONSTRAINTS if name == "torch" else LOCK
        assert wanted.specifier.contains(version(pinned[name])), line


def test_lock_and_constraints_name_the_same_versions() -> None:
    assert {"gemmi", "mlflow-skinny", "torch"} <= CONSTRAINTS.keys()
    for name in CONSTRAINTS.keys() & LOCK.keys():
        assert version(CONSTRAINTS[name]) == version(LOCK[name])


def test_every_library_of_the_lock_has_hashes() -> None:
    blocks = re.split(r"\n(?=\w)", (ROOT / "requirements.lock").read_text())
    named = [block for block in blocks if "==" in block]
    assert len(named) == len(LOCK) > 100
    assert all("--hash=sha256:" in block for block in named)


def test_what_the_locked_libraries_need_is_locked() -> None:
    locked, checked = {*LOCK, "torch", "setuptools"}, 0
    for name, pin in LOCK.items():
        try:
            installed = distribution(name)
        except PackageNotFoundError:  # of another system, or an extra that is not installed here
            continue
        if installed.version != version(pin):  # may need other libraries
            continue
        for needed in map(Requirement, installed.requires or []):
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                assert canonicalize_name(needed.name) in locked, (name, needed)
        checked += 1
    if not checked:
        pytest.skip("other versions are installed than those of the lock")


def test_the_lock_is_made_with_every_extra() -> None:
    (listed,) = re.findall(r"^EXTRAS := (.*)$", MAKEFILE, re.MULTILINE)
    assert listed.split() == sorted(EXTRAS)


DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_the_container_installs_the_same_torch() -> None:
    torch = f"torch=={version(CONSTRAINTS['torch'])}"
    assert f"\nARG TORCH={torch}\n" in DOCKERFILE
    assert f"\nTORCH ?= {torch}\n" in MAKEFILE
    assert f"TORCH:-{torch}" in (ROOT / "scripts" / "check_wheel.sh").read_text()
    assert f"- {torch}\n" in (EXAMPLES / "nextflow" / "environment.yml").read_text()


def test_what_the_container_copies_is_there_and_not_ignored() -> None:
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    sources = {name for words in copied for name in words.split()}
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line[:1] == "!"}
    assert sources == kept
    assert all((ROOT / name).exists() for name in sources)
    needed = {"src", "conf", "pyproject.toml", PROJECT["readme"], *PROJECT["license-files"]}
    assert needed <= sources


def test_the_container_runs_as_a_user_with_the_store_beside() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert last.startswith("python:3.12-slim\n")
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains("3.12")
    lines = last.splitlines()
    assert lines.index("USER cytoweave") < lines.index('ENTRYPOINT ["cytoweave"]')
    assert "    CYTOWEAVE_STORE=/cache \\" in lines
    assert "VOLUME /cache" in lines
    assert "cytoweave" in PROJECT["scripts"]


def test_the_citation_says_what_the_project_says() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert (cited["cff-version"], cited["type"]) == ("1.2.0", "software")
    assert cited["version"] == PROJECT["version"] == __version__
    assert cited["license"] == PROJECT["license"]
    assert cited["keywords"] == PROJECT["keywords"]
    assert PROJECT["description"].lower() in cited["title"].lower()
    (paper,) = cited["references"]
    assert f"doi.org/{paper['doi']}" in (ROOT / "README.md").read_text()


def commands(text: str) -> list[tuple[str, list[str]]]:
    """Return verb and keys of each command of ``cytoweave`` in a workflow."""
    joined = re.sub(r'"\n\s+"|\\\\\n\s*', " ", text)
    result = re.findall(r"^\s*\"?cytoweave (\w+) (.+)$", joined, re.MULTILINE)
    return [(verb, re.findall(r"(?<![\w.])([\w.+]+)=", words)) for verb, words in result]


@pytest.mark.parametrize("file", ["snakemake/Snakefile", "nextflow/main.nf"])
def test_commands_of_workflows_use_settings_that_exist(file: str) -> None:
    result = commands((EXAMPLES / file).read_text())
    assert {verb for verb, _ in result} <= set(VERBS)
    assert len(result) == (3 if "snakemake" in file else 1)
    for verb, keys in result:
        known = {*conf.own_keys(verb), *conf.groups(verb)}
        given = [key for key in keys if not key.startswith("+")]
        assert given, (verb, keys)
        assert set(given) <= known, verb
        assert {"out", "run"} & set(given), verb  # writes nowhere else


def test_the_files_of_the_example_are_there() -> None:
    folder = EXAMPLES / "snakemake"
    settings = yaml.safe_load((folder / "config.yaml").read_text())
    used = set(re.findall(r'config\["(\w+)"\]', (folder / "Snakefile").read_text()))
    assert used == set(settings)
    for files in settings["maps"].values():
        assert all((folder / name).is_file() for name in files.values())


def test_the_module_describes_what_it_emits() -> None:
    folder = EXAMPLES / "nextflow"
    text = (folder / "main.nf").read_text()
    described = yaml.safe_load((folder / "meta.yml").read_text())
    emitted = re.findall(r"emit: (\w+)", text)
    assert list(described["output"]) == emitted
    for name in emitted[:-1]:
        (path,) = re.findall(rf'path\("([^"]+)"\)\s*, emit: {name}$', text, re.MULTILINE)
        assert path in described["output"][name][0][1]
        assert path in text.partition("stub:")[2]
    assert f'container "cytoweave:{__version__}"' in text
    assert f"cytoweave=={__version__}" in (folder / "environment.yml").read_text()


def test_a_release_is_checked_by_targets_that_exist() -> None:
    (line,) = re.findall(r"^release-check: (.*)$", MAKEFILE, re.MULTILINE)
    targets = set(re.findall(r"^([\w-]+):", MAKEFILE, re.MULTILINE))
    named = {word for word in line.split() if word[:1] != "$"}
    assert {"test", "test-slow", "lint", "types", "wheel-check", "citation-check"} <= named
    assert named <= targets
    page = (ROOT / "docs" / "release.md").read_text()
    assert {name for name in named if f"`{name}`" not in page} == set()


def test_the_script_of_the_wheel_runs_tests_that_exist() -> None:
    script = (ROOT / "scripts" / "check_wheel.sh").read_text()
    named = re.findall(r"\btests/[\w./]+", script)
    assert len(named) > 5
    assert all((ROOT / name).exists() for name in named)
    subprocess.run(["bash", "-n", "-c", script], check=True)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("snakemake") is None, reason="snakemake is not installed")
def test_the_rules_make_a_scored_map(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES / "snakemake", tmp_path / "work")
    before = {path.name for path in folder.iterdir()}
    path = f"{Path(sys.executable).parent}"
    command = f'PATH="{path}:$PATH" snakemake --cores 2 --quiet all'
    subprocess.run(["bash", "-c", command], cwd=folder, check=True)
    made = folder / "results" / "example"
    assert (made / "scores" / "scores.json").stat().st_size > 100
    assert (made / "map" / "portal" / "index.html").stat().st_size > 1000
    added = {path.name for path in folder.iterdir()} - before
    assert added <= {"results", "logs", ".cytoweave", ".snakemake"}
