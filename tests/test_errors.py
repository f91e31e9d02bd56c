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
