"""A message is one line that cannot steer a terminal, whatever names it repeats."""

import pytest

from cytoweave.cli import main
from cytoweave.errors import one_line


@pytest.mark.parametrize("sign", ["\n", "\r", "\x0b", "\x1b", "\x00", "\x85", "\u2028", "\x7f"])
def test_a_message_holds_no_control_character(
    sign: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert one_line(f"a{sign}[31m b") == f"a{repr(sign)[1:-1]}[31m b"
    assert main(["no" + sign]) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert sign == "\n" or sign not in error


@pytest.mark.parametrize(
    "words",
    [["store", "store=~no-such-user/a"], ["convert", "hierarchy=~no-such-user/a", "out=b"]],
)
def test_a_home_folder_that_is_not_known_is_said(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert "no home folder is known for '~no-such-user'" in capsys.readouterr().err
