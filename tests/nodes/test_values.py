"""Arguments of components that a file leaves at their defaults can be set by name."""

import pytest

from cytoweave import config
from cytoweave.errors import ConfigError
from cytoweave.models import Concat
from cytoweave.nodes.build import build
from cytoweave.nodes.values import put, value_at


def test_a_component_at_its_default_is_named_as_a_config_may() -> None:
    settings = config.load("run", [])
    put(settings, "fusion.closed_form.crowding", 0.5)
    assert settings["fusion"]["closed_form"] == {
        "_target_": "cytoweave.models.Concat",
        "crowding": 0.5,
    }
    assert build("fusion", settings["fusion"]).closed_form == Concat(crowding=0.5)


def test_nested_defaults_are_reachable_on_the_command_line() -> None:
    words = ["fusion.closed_form.crowding=0.25", "fusion.closed_form.sharing=0"]
    settings = config.load("run", words)
    assert build("fusion", settings["fusion"]).closed_form == Concat(crowding=0.25, sharing=0.0)
    assert value_at(settings, "fusion.closed_form.crowding") == 0.25
    with pytest.raises(ConfigError, match=r"'fusion\.closed_form\.crowdin' is not a setting"):
        config.load("run", ["fusion.closed_form.crowdin=1"])
    with pytest.raises(ConfigError, match=r"'fusion\.latent\.x' is not a setting"):
        config.load("run", ["fusion.latent.x=1"])
