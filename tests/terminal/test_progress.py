"""Without a terminal, long loops say once a minute what, how far and how long."""

import logging
import sys

import pytest

from cytoweave.terminal import progress
from cytoweave.terminal.console import LOG, logging_to
from cytoweave.terminal.progress import lasting, progress_shown, tracked


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    result = Clock()
    monkeypatch.setattr(progress, "time", result)
    return result


def test_one_line_a_minute(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="cytoweave")
    with progress_shown(False):
        for _ in tracked(range(100), "clustering", 100):
            clock.now += 3
    printed = [record.getMessage() for record in caplog.records]
    assert printed[0] == "clustering: 20 of 100 after 1 min, about 4 min left"
    assert printed[-1] == "clustering: 80 of 100 after 4 min, about 60 s left"
    assert len(printed) == 4


def test_what_is_short_says_nothing(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="cytoweave")
    assert list(tracked(range(5), "reading", 5)) == [0, 1, 2, 3, 4]
    assert caplog.records == []


def test_times_in_words() -> None:
    assert [lasting(s) for s in (59.4, 60, 3599, 86400)] == ["59 s", "1 min", "60 min", "24 h"]


def test_a_message_of_a_log_file_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    long = "word " * 60
    assert not sys.stderr.isatty()
    with logging_to():
        LOG.info(long)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(long)
