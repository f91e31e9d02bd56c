"""Hypothesis: whatever value a setting gets, a command composes or is refused in one line, exit 2.

pytest -m slow tests/fuzz
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from cytoweave.cli import main
from cytoweave.errors import CytoweaveError
from cytoweave.nodes.conf import conf_folder
from cytoweave.verbs.resolved import resolved

hypothesis = pytest.importorskip("hypothesis", reason="of the extra `dev`")
st = hypothesis.strategies

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("CYTOWEAVE_FUZZ", "100"))

CONFIG = hypothesis.settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)

VALUES = [
    "null", "true", "false", "no", "0", "-1", "1", "0.5", "1e400", ".nan", ".inf", "-.inf", "[]",
    "{}", "[1,2]", "[null]", "{a: 1}", "{_target_: os.system}", "x", "''", "'a b'", "a/b", "..",
    "???", "${seed}", "${oc.env:NONE}", "${", "9" * 40, "é", "a=b", "a,b", "range(3)", "'\\n'",
    "[" * 30 + "]" * 30, "{kind: network}", "{kind: nothing}", "_target_", "\\", '"', "%", "~",
]  # fmt: skip
"""What breaks a setting."""

REQUIRED = {
    "compare": ["first=a.nodes", "second=b.nodes"],
    "convert": ["hierarchy=a.nodes", "out=b.gml"],
    "evaluate": ["data=own"],
    "report": ["run=r"],
    "schema": ["out=s.json"],
}
"""What a verb cannot do without."""


def leaves(node: object, key: str = "") -> Iterator[str]:
    """Yield the key of every value of a config, and of every mapping in it."""
    if key:
        yield key
    for name, value in node.items() if isinstance(node, Mapping) else ():
        yield from leaves(value, f"{key}.{name}" if key else str(name))


def verbs() -> list[str]:
    return sorted(path.stem for path in conf_folder().glob("*.yaml"))


@pytest.mark.parametrize("verb", verbs())
def test_a_setting_is_taken_or_refused(
    verb: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    limited: Callable[[], AbstractContextManager[None]],
) -> None:
    monkeypatch.chdir(tmp_path)
    needed = REQUIRED.get(verb, [])
    try:
        keys = [*leaves(resolved(verb, needed))]
    except CytoweaveError:  # a verb that needs more than this
        keys = ["seed", "out", "store", "data"]
    signs = st.sampled_from(["", "", "", "+", "~", "++"])
    values = st.one_of(
        st.sampled_from(VALUES), st.text(max_size=12).filter(lambda t: "\0" not in t)
    )

    def check(sign: str, key: str, value: str) -> None:
        with limited():
            code = main([verb, "--cfg", *needed, f"{sign}{key}={value}"])
        error = capsys.readouterr().err
        assert code in (0, 2)
        assert code == 0 or (error.count("\n") == 1 and error.startswith("cytoweave: ")), error

    CONFIG(hypothesis.given(signs, st.sampled_from(keys), values)(check))()
    assert list(tmp_path.iterdir()) == []
