"""Annotations as validators and in words."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge, Gt, Interval, MinLen, MultipleOf
from pydantic import Field

from cytoweave.errors import ConfigError, SettingError, settings_of
from cytoweave.nodes.annotations import schema, validated, words
from cytoweave.nodes.ranges import OrInfinite

INF, NAN = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("hint", "value", "expected"),
    [
        (float, 3, 3.0),
        (Annotated[float, Gt(0), OrInfinite()], INF, INF),
        (Sequence[float], [1, 2.5], (1.0, 2.5)),
        (tuple[str, ...], ["a"], ("a",)),
        (tuple[str, int], ["a", 1], ("a", 1)),
        (list[int], (1, 2), [1, 2]),
        (Mapping[str, float], {"a": 1}, {"a": 1.0}),
        (Path | Sequence[Path], ["a", "~"], (Path("a"), Path.home())),
        (str | Sequence[str], "ab", "ab"),
        (int | str | None, "image", "image"),
        (Literal["mean", "sum"], "sum", "sum"),
        (Any, object, object),
        (Callable[..., int], len, len),
        (Path | None, None, None),
    ],
)
def test_a_value_becomes_what_is_asked_for(hint: Any, value: object, expected: object) -> None:
    result = validated("x", hint, value)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("hint", "value", "message"),
    [
        (bool, 1, "x must be true or false, got 1."),
        (bool, "no", "x must be true or false, got 'no'."),
        (int, True, "x must be a whole number, got True."),
        (int, 1.0, "x must be a whole number, got 1.0."),
        (float, "5", "x must be a number, got '5'."),
        (float, True, "x must be a number, got True."),
        (float | None, NAN, "x must be a finite number or null, got nan."),
        (Annotated[float, Gt(0), OrInfinite()], NAN, "x must be a finite number above 0, got nan."),
        (Annotated[int, Ge(1)], 0, "x must be a whole number of at least 1, got 0."),
        (Annotated[int, Field(ge=1)], 0, "x must be a whole number of at least 1, got 0."),
        (Annotated[int, Gt(0), MultipleOf(4)], 6, "x must be a multiple of 4 above 0, got 6."),
        (
            Annotated[float, Interval(gt=0, le=1)],
            INF,
            "x must be a finite number above 0 and at most 1, got inf.",
        ),
        (Annotated[float, Interval(ge=0, le=1)], 2, "x must be a number from 0 to 1, got 2."),
        (str | None, 5, "x must be text or null, got 5."),
        (Literal["a", "b"], "c", "x must be one of 'a', 'b', got 'c'."),
        (Sequence[str], "ab", "x must be a list (each text), got 'ab'."),
        (Sequence[float], [True], "x must be a list (each a number), got [True]."),
        (
            Annotated[Sequence[str], MinLen(1)],
            [],
            "x must be a list of at least 1 (each text), got [].",
        ),
        (tuple[str, str], ["a"], "x must be a list of 2 (each text), got ['a']."),
        (Mapping[str, int], 3, "x must be a mapping to a whole number, got 3."),
        (Mapping[str, int] | None, {"a": 1, "b": "c"}, "x.b must be a whole number, got 'c'."),
        (Path, "", "x must be a path, got ''."),
        (Callable[..., int], 3, "x must be a part with a _target_, got 3."),
        (Path | Ge, 3, "x must be a path or a Ge, got 3."),
        (bool, "a\n" * 99, "x must be true or false, got " + repr("a\n" * 99)[:78] + "..."),
    ],
)
def test_another_value_is_refused_in_words(hint: Any, value: object, message: str) -> None:
    with pytest.raises(SettingError) as caught:
        validated("x", hint, value)
    assert str(caught.value) == message


def test_the_words_of_a_type() -> None:
    assert words(schema(Annotated[int, Ge(1)] | None)) == "a whole number of at least 1 or null"


def test_keys_are_put_in_front_of_a_setting() -> None:
    with (
        pytest.raises(ConfigError, match=r"^fusion\.module\.dropout must be less\.$"),
        settings_of("fusion"),
        settings_of("module"),
    ):
        raise SettingError("dropout", "must be less.")
