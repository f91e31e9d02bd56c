"""A completed component is the same component, nothing left unsaid."""

from inspect import signature

import pytest

from cytoweave import config
from cytoweave.nodes.build import build, find
from cytoweave.nodes.conf import conf_folder, options
from cytoweave.nodes.defaults import completed, settings_in

COMPONENTS = [
    (folder.name, name)
    for folder in sorted(conf_folder().iterdir())
    if folder.is_dir() and folder.name not in ("data", "search", "ablation", "experiment", "source")
    for name in options(folder.name)
]


def state_of(component: object) -> object:
    """Return what a component holds, those within it included."""
    if hasattr(component, "__dict__") and not isinstance(component, type):
        held = {name: state_of(value) for name, value in vars(component).items()}
        return type(component), held
    if isinstance(component, list | tuple):
        return [state_of(value) for value in component]
    return component if isinstance(component, str | int | float | bool | dict) else str(component)


@pytest.mark.parametrize(("group", "name"), COMPONENTS)
def test_a_completed_component_is_the_same(group: str, name: str) -> None:
    node = config.option(group, name)
    if "_target_" not in node or "???" in str(node):
        assert completed(group, node) == node or "???" in str(node)
        return
    if "checkpoint" in signature(find(group, node)).parameters:
        node |= {"checkpoint": "weights.pth", "sha256": "0" * 64}
    whole = completed(group, node)
    assert completed(group, whole) == whole
    assert state_of(build(group, whole)) == state_of(build(group, node))
    assert set(signature(find(group, node)).parameters) <= set(whole)


def test_every_setting_within_is_listed_with_its_default() -> None:
    node = completed("fusion", config.option("fusion", "autoencoder"))
    result = {setting.key: setting for setting in settings_in("fusion", node)}
    crowding = result["fusion.closed_form.crowding"]
    assert (crowding.value, crowding.allowed) == (1.0, "a number of at least 0")
    assert crowding.meaning.startswith("Strength of the hubness correction")
    assert result["fusion.module.temperature"].value == 0.1
    assert "fusion.module.dims" not in result  # given by the fusion, not by a config
