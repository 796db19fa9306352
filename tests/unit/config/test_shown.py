"""The settings as they are shown: every value, where it came from, and no secret."""

from gateway.config.shown import ShownValue, shown_settings
from tests.unit.config.config_text import VALID, changed, parse


def shown(text: str, **environ: str) -> dict[str, ShownValue]:
    return {value.path: value for value in shown_settings(parse(text, **environ))}


def test_values_have_their_place_and_source() -> None:
    values = shown(VALID)
    assert values["sessions[0].name"] == ShownValue("sessions[0].name", "sim", given=True)
    assert values["api.identity"] == ShownValue("api.identity", "name", given=False)
    assert values["instruments[0].tick_size"].text == "0.01"
    assert values["api.bind"].text == "127.0.0.1:7010"
    assert values["clients[0].accounts[0]"].text == "A1"


def test_secrets_are_named_and_never_shown() -> None:
    text = changed("    port: 9878\n", "    port: 9878\n    username: u\n    password: ${env:PW}\n")
    text = text.replace(
        "    accounts: [A1]\n", f"    accounts: [A1]\n    token_hashes: ['sha256:{'ab' * 32}']\n"
    )
    text += "database:\n  url: postgresql+psycopg://gateway:${env:DB}@127.0.0.1/gateway\n"
    values = shown(text, PW="hunter2", DB="swordfish")
    for path in ("sessions[0].password", "database.url", "clients[0].token_hashes"):
        assert values[path] == ShownValue(path, "***", given=True, secret=True)
    everything = repr(values)
    for secret in ("hunter2", "swordfish", "abab"):
        assert secret not in everything
