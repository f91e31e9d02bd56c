"""Passwords of storages never appear where somebody else may read them."""

import pytest

from cytoweave import cli
from cytoweave.errors import ConfigError, without_passwords
from cytoweave.studies.sweep.storage import open_storage, shown

SECRET = "s3cr3t"

URLS = {
    f"postgresql://lab:{SECRET}@127.0.0.1:1/maps": "postgresql://127.0.0.1:1/maps",
    f"postgresql://127.0.0.1:1/maps?user=lab&password={SECRET}": "postgresql://127.0.0.1:1/maps",
    f"postgresql://lab:{SECRET}@x@127.0.0.1:1/maps": "postgresql://***",
    f"postgresql://lab:{SECRET}:7@127.0.0.1:1/maps": "postgresql://127.0.0.1:1/maps",
    f"postgresql://lab:{SECRET}/maps": "postgresql://***",
    f"postgresql:lab:{SECRET}@host/maps": "postgresql:***",
    f"postgres://lab:{SECRET}@127.0.0.1:1/maps": "postgres://127.0.0.1:1/maps",
    f"mysql+driver://lab:{SECRET}@host/maps": "mysql+driver://host/maps",
    f"postgresql://lab:{SECRET}@[::1/maps": "postgresql://***",
}


@pytest.mark.parametrize(("url", "expected"), URLS.items())
def test_a_storage_is_shown_without_its_password(url: str, expected: str) -> None:
    assert shown(url) == expected
    with pytest.raises(ConfigError) as caught:
        open_storage(url)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("key", ["storage", "storag", "+storage", "storage ", "store"])
@pytest.mark.parametrize("verb", ["sweep", "run"])
def test_no_message_repeats_a_password(
    key: str, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"postgresql://lab:{SECRET}@127.0.0.1:1/maps"
    assert cli.main([verb, f"{key}={url}", "data=none"]) == 2
    printed = capsys.readouterr()
    assert SECRET not in printed.err + printed.out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"cytoweave x=postgresql://a:{SECRET}@h/d", "cytoweave x=postgresql://***@h/d"),
        (f"password={SECRET}&sslmode=require", "password=***&sslmode=require"),
        (f"WANDB_API_KEY={SECRET} x", "WANDB_API_KEY=*** x"),
        ("read https://www.ebi.ac.uk:443/x @ 12:30, a: b@c.org", None),
        ("tokens of 3 terms: A:B@home/x", None),
    ],
)
def test_only_passwords_are_hidden(text: str, expected: str | None) -> None:
    assert without_passwords(text) == (expected or text)


def test_a_number_of_tokens_is_no_password() -> None:
    for text in ("max_tokens: 400", "tokens_a_minute: null"):
        assert without_passwords(text) == text
    assert without_passwords("api_token: abc, token=def") == "api_token: ***, token=***"
