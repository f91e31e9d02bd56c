"""The store computes once, never reads half a result, and forgets what was used longest ago."""

import hashlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

from cytoweave.errors import ConfigError
from cytoweave.store import Recipe, Store, checksums, sources_of
from cytoweave.store import store as store_module
from cytoweave.store.recipe import Library, library_of, module_imports


@dataclass(frozen=True)
class Text:
    text: str

    def save(self, folder: Path) -> None:
        (folder / "text.txt").write_text(self.text)

    @classmethod
    def load(cls, folder: Path) -> "Text":
        return cls((folder / "text.txt").read_text())


def recipe(**changes: object) -> Recipe:
    given: dict[str, object] = {
        "stage": "fuse",
        "modules": ["cytoweave.errors"],
        "config": {"dimensions": 8},
        "inputs": ["a"],
        "seed": 0,
    }
    return Recipe(**(given | changes))  # type: ignore[arg-type]


def test_second_call_is_read_not_computed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = store.remember(recipe(), Text, lambda: Text("made"))
    second = store.remember(recipe(), Text, lambda: pytest.fail("computed again"))
    assert (first.value, first.computed) == (Text("made"), True)
    assert (second.value, second.computed, second.key) == (Text("made"), False, first.key)


@pytest.mark.parametrize(
    "change",
    [
        {"stage": "encode"},
        {"config": {"dimensions": 9}},
        {"inputs": ["b"]},
        {"seed": 1},
        {"modules": ["cytoweave.artifacts"]},
    ],
)
def test_whatever_shapes_a_result_changes_its_key(change: dict[str, object]) -> None:
    assert recipe(**change).key != recipe().key


@pytest.mark.parametrize("blind", ["workers", "logger", "out", "progress"])
def test_settings_that_cannot_change_a_result_leave_its_key(blind: str) -> None:
    nested = recipe(config={"dimensions": 8, "trainer": {blind: 1}}).key
    assert nested == recipe(config={"dimensions": 8, "trainer": {blind: 2}}).key


def test_source_of_imported_modules_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "lab"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "far.py").write_text("X = 1\n")
    (package / "near.py").write_text("from .far import X\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    before = sources_of(("lab.near",)).digest
    (package / "far.py").write_text("X = 2\n")
    _forget_sources()
    assert sources_of(("lab.near",)).digest != before


def test_devices_change_the_key_as_they_change_the_training() -> None:
    one = recipe(config={"trainer": {"devices": 1}}).key
    assert one != recipe(config={"trainer": {"devices": 4}}).key


@pytest.mark.parametrize(
    ("module", "libraries"),
    [
        ("cytoweave.models.fusion.muse", {"igraph", "scipy"}),
        ("cytoweave.maps.hidef.hidef", {"leidenalg"}),
        ("cytoweave.models", {"monai", "pytorch-lightning", "torch"}),
        ("cytoweave.report.layout", {"numba", "scipy"}),
        ("cytoweave.data.images.cropping", {"scikit-image"}),
        ("cytoweave.maps.neighbours", {"pynndescent"}),
        ("cytoweave.data.reading", {"tifffile", "imagecodecs", "pillow", "obonet", "networkx"}),
    ],
)
def test_every_library_that_a_stage_imports_is_in_its_key(module: str, libraries: set[str]) -> None:
    assert libraries <= sources_of((module,)).versions.keys()


def test_libraries_of_other_stages_are_not() -> None:
    versions = sources_of(("cytoweave.maps.multiresolution",)).versions
    assert {"torch", "monai", "optuna"}.isdisjoint(versions)
    assert versions["numpy"] == version("numpy")


def test_a_new_version_of_a_library_changes_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    layered = recipe(modules=["cytoweave.maps.clustering.leiden"])
    before = layered.key
    new = {"leidenalg": Library("leidenalg", "99")}
    with monkeypatch.context() as patched:
        patched.setattr(
            "cytoweave.store.recipe.library_of", lambda name: new.get(name) or library_of(name)
        )
        _forget_sources()
        assert layered.key != before
    _forget_sources()
    assert layered.key == before


def test_a_module_of_no_distribution_counts_by_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lab_tools.py").write_text("X = 1\n")
    (tmp_path / "lab_encoder.py").write_text("import numpy\nfrom lab_tools import X\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    before = sources_of(("lab_encoder",))
    assert before.versions.keys() == {"python", "numpy"}
    (tmp_path / "lab_tools.py").write_text("X = 2\n")
    _forget_sources()
    assert sources_of(("lab_encoder",)).digest != before.digest


def test_distributions_are_those_that_the_metadata_names() -> None:
    named = packages_distributions()
    for module in ("numpy", "sklearn", "PIL", "skimage", "yaml", "pytorch_lightning", "igraph"):
        result = library_of(module)
        assert result is not None
        assert result.name in {name.lower() for name in named[module]}
        assert result.version == version(result.name)


def _forget_sources() -> None:
    sources_of.cache_clear()
    module_imports.cache_clear()


def test_a_failed_stage_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def write(folder: Path) -> None:
        (folder / "half.txt").write_text("half")
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        store.folder(recipe(), write)
    assert store.entries() == []
    assert not any((tmp_path / "unfinished").iterdir())


SLOW_STAGE = """
import sys, time
from pathlib import Path
from cytoweave.store import Recipe, Store

root, calls, me = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]

def write(folder):
    (calls / me).touch()
    time.sleep(0.5)

Store(root).folder(Recipe("fuse", ["cytoweave.errors"], {}), write)
"""


def test_two_processes_compute_a_stage_once(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    command = [sys.executable, "-c", SLOW_STAGE, str(tmp_path / "store"), str(calls)]
    workers = [subprocess.Popen([*command, name]) for name in "ab"]
    assert [worker.wait(60) for worker in workers] == [0, 0]
    assert len(list(calls.iterdir())) == 1


def test_files_key_follows_content_and_name_not_place(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "a.tsv").write_text("x\n")
    here, there = tmp_path / "here/a.tsv", tmp_path / "there/a.tsv"
    before = store.files_key([here])
    assert before == store.files_key([there])
    here.write_text("y\n")
    assert store.files_key([here]) != before


def test_clean_drops_what_was_used_longest_ago(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def write(folder: Path) -> None:
        (folder / "x").write_bytes(b"0" * 1000)

    places = [store.folder(recipe(seed=k), write).value for k in range(3)]
    for age, place in zip((30, 10, 20), places, strict=True):
        os.utime(place, (time.time() - age,) * 2)
    total = sum(entry.size for entry in store.entries())
    gone = store.clean(total - 1)
    assert [entry.folder for entry in gone] == [places[0]]
    assert [entry.folder for entry in store.entries()] == [places[2], places[1]]
    assert [entry.folder for entry in store.clean(0)] == [places[2], places[1]]
    assert store.entries() == []


def test_a_store_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"store=.*file.*choose a folder"):
        Store(tmp_path / "file")


def test_what_is_imported_for_types_alone_does_not_count(tmp_path: Path) -> None:
    module = tmp_path / "parts.py"
    module.write_text(
        "import numpy\nif TYPE_CHECKING:\n    import torch\n    from scipy import sparse\n"
    )
    assert module_imports(module, "parts") == ["numpy"]


def write_two(folder: Path) -> None:
    (folder / "x.bin").write_bytes(bytes(range(256)) * 40)
    (folder / "inner").mkdir()
    (folder / "inner" / "y.txt").write_text("whole")


def in_another_process() -> None:
    """Forget what this process has read through, as another does not know it."""
    store_module._SOUND.clear()
    store_module._CLEANED.clear()


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["x.bin", "inner/y.txt", "recipe.json", "checksums.json"])
@pytest.mark.parametrize("harm", ["flip", "cut", "remove"])
def test_a_damaged_result_is_named_and_computed_again(
    tmp_path: Path, name: str, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    place = Store(tmp_path).folder(recipe(), write_two).value
    before = (place / "x.bin").read_bytes()
    victim = place / name
    if harm == "flip":
        flip(victim)
    elif harm == "cut":
        victim.write_bytes(victim.read_bytes()[:-1])
    else:
        victim.unlink()
    in_another_process()
    result = Store(tmp_path).folder(recipe(), write_two)
    assert result.computed
    assert (place / "x.bin").read_bytes() == before
    printed = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(printed) == 1
    assert str(place) in printed[0]
    in_another_process()
    assert not Store(tmp_path).folder(recipe(), write_two).computed


def test_check_finds_and_drops_what_is_damaged(tmp_path: Path) -> None:
    store = Store(tmp_path)
    places = [store.folder(recipe(seed=k), write_two).value for k in range(4)]
    flip(places[0] / "x.bin")
    (places[1] / "recipe.json").unlink()
    (places[2] / "inner" / "y.txt").write_text("whol")
    faults = store.check()
    assert faults == {
        places[0]: "x.bin has changed",
        places[1]: "without its recipe",
        places[2]: "inner/y.txt has 4 bytes, not 5",
    }
    assert [entry.folder for entry in store.entries()] == [places[3]]
    assert store.check() == {}
    assert not any((tmp_path / "unfinished").iterdir())


def test_a_large_file_is_read_again_only_if_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checksums, "TRUSTED_BYTES", 1000)
    place = Store(tmp_path).folder(recipe(), write_two).value
    read: list[Path] = []
    crc = checksums._crc

    def noted(path: Path) -> int:
        read.append(path)
        return crc(path)

    monkeypatch.setattr(checksums, "_crc", noted)
    assert checksums.fault_of(place) == ""
    assert place / "x.bin" not in read
    os.utime(place / "x.bin", (1, 1))
    assert checksums.fault_of(place) == ""
    assert read.count(place / "x.bin") == 1
    assert checksums.fault_of(place) == ""
    assert read.count(place / "x.bin") == 1
    assert checksums.fault_of(place, trust=False) == ""
    assert read.count(place / "x.bin") == 2
    flip(place / "x.bin")
    assert checksums.fault_of(place) == "x.bin has changed"


CLEAN_UNTIL = """
import shutil, sys, time
from pathlib import Path
from cytoweave.store import Store

def stop(*args, **options):
    print("now", flush=True)
    time.sleep(60)

shutil.rmtree = stop
Store(Path(sys.argv[1])).clean(0)
"""


def test_a_clean_that_is_killed_leaves_no_half_result(tmp_path: Path) -> None:
    place = Store(tmp_path).folder(recipe(), write_two).value
    command = [sys.executable, "-c", CLEAN_UNTIL, str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"now\n"
    assert not place.exists()
    assert len(Store(tmp_path).unfinished()) == 1
    process.kill()
    process.wait()
    process.stdout.close()
    in_another_process()
    store = Store(tmp_path)
    assert store.unfinished() == []
    assert store.entries() == []
    assert store.folder(recipe(), write_two).computed


def test_what_the_dead_left_goes_and_what_goes_on_stays(tmp_path: Path) -> None:
    store = Store(tmp_path)
    done = store.folder(recipe(), write_two).key
    begun, lives = recipe(seed=1), recipe(seed=2)
    for name in (f"{done}.training", f"{done}-0123456789ab", f"{begun.key}.training"):
        (tmp_path / "unfinished" / name).mkdir()
    (store.training_state(begun) / "a.ckpt").write_bytes(b"0" * 1000)

    def write(folder: Path) -> None:
        in_another_process()
        assert {entry.folder for entry in Store(tmp_path).unfinished()} == {
            folder,
            store.training_state(begun),
        }
        write_two(folder)

    store.folder(lives, write)
    assert [entry.size for entry in store.unfinished()] == [1000]
    assert {entry.folder.name for entry in store.clean(0)} == {
        done,
        lives.key,
        f"{begun.key}.training",
    }
    assert store.unfinished() == []


def test_a_damaged_note_of_a_file_is_written_again(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    (tmp_path / "a.tsv").write_text("x\n")
    key = store.files_key([tmp_path / "a.tsv"])
    (note,) = (store.root / "files").iterdir()
    whole = note.read_text()
    assert whole == hashlib.sha256(b"x\n").hexdigest()
    for text in ("", whole[:-1], "\0" * 64, key):
        note.write_text(text)
        assert store.files_key([tmp_path / "a.tsv"]) == key
        assert note.read_text() == whole


def test_what_else_lies_in_the_folder_is_not_ours(tmp_path: Path) -> None:
    for name in ("unfinished/chapter", "papers/2025", "map/thesis"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "thesis.tex").write_text("years of work")
    (tmp_path / "unfinished" / "letter.txt").write_text("dear reader")
    store = Store(tmp_path)
    assert store.check() == {}
    assert store.clean(0) == []
    assert store.entries() == store.unfinished() == []
    assert len(list(tmp_path.glob("*/*/thesis.tex"))) == 3
    assert (tmp_path / "unfinished" / "letter.txt").exists()


def test_a_note_of_a_file_leaves_nothing_beside(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    (tmp_path / "a.tsv").write_text("x\n")
    store.files_key([tmp_path / "a.tsv"])
    assert len(list((store.root / "files").iterdir())) == 1
    assert list((store.root / "unfinished").iterdir()) == []
