"""Arguments are checked against the ranges in signatures, and messages name the user's key."""

import inspect
import pickle
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import pytest
import torch
from pytorch_lightning import LightningModule

from cytoweave import config
from cytoweave.errors import ConfigError, SettingError
from cytoweave.nodes.build import build
from cytoweave.nodes.ranges import AtLeastOne, Ge, UnitBelowOne, checked
from cytoweave.stages.given import crops
from cytoweave.store import Store


@checked
@dataclass(frozen=True)
class Window:
    width: AtLeastOne
    names: Sequence[str] = ()

    def __post_init__(self) -> None:
        if len(self.names) > self.width:
            raise SettingError("names", "must fit into width.")


@checked
class Module(LightningModule):
    def __init__(self, dim: AtLeastOne, dropout: UnitBelowOne = 0.1) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(dim, dim)


@checked
def scaled(number: Annotated[int, Ge(2)], *, by: float = 1.0) -> float:
    return number * by


def test_a_dataclass_is_checked_before_its_own_rules() -> None:
    assert Window(2, ["a"]) == Window(width=2, names=("a",))
    with pytest.raises(SettingError, match=r"^width must be a whole number of at least 1, got 0\."):
        Window(0, ["a"])
    with pytest.raises(SettingError, match="names must fit into width"):
        Window(1, ["a", "b"])
    with pytest.raises(SettingError, match=r"^width must .* got '3'\.$"):
        replace(Window(2), width="3")  # type: ignore[arg-type]


def test_a_module_keeps_its_hyperparameters_and_its_signature() -> None:
    assert dict(Module(3).hparams) == {"dim": 3, "dropout": 0.1}
    assert list(inspect.signature(Module).parameters) == ["dim", "dropout"]
    with pytest.raises(SettingError, match=r"^dropout must be a number of at least 0 and below 1"):
        Module(3, dropout=1)


def test_a_function_is_checked() -> None:
    assert scaled(2, by=3) == 6.0
    assert inspect.signature(scaled).parameters["by"].default == 1.0
    with pytest.raises(SettingError, match=r"^by must be a finite number, got inf\.$"):
        scaled(2, by=float("inf"))
    with pytest.raises(TypeError, match="missing a required argument: 'number'"):
        scaled()  # type: ignore[call-arg]


def test_the_error_of_a_setting_reaches_another_process() -> None:
    error = SettingError("weights.ppi", "must be above 0.")
    assert str(pickle.loads(pickle.dumps(error))) == "weights.ppi must be above 0."


def test_the_closed_form_within_a_fusion_is_named() -> None:
    composed = config.load("run", ["fusion.closed_form={dominance: -1}"])
    node = {"_target_": "cytoweave.models.Concat", **composed["fusion"]["closed_form"]}
    with pytest.raises(
        ConfigError, match=r"^fusion\.closed_form\.dominance must be a number above 0, got -1\.$"
    ):
        build("fusion", composed["fusion"] | {"closed_form": node})


def test_crops_are_named(tmp_path: Path) -> None:
    composed = config.load("data", ["crops.size=4"])
    with pytest.raises(ConfigError, match=r"^crops\.size must be a whole number of at least 8 "):
        crops(composed, Store(tmp_path))


def test_checking_is_loaded_by_who_builds_a_part() -> None:
    code = (
        "import sys, cytoweave.maps as m; assert 'pydantic_core' not in sys.modules; "
        "m.NearestNeighbours(3); assert 'pydantic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
