"""The keys about access to the API: what is taken, and what is refused with which words."""

from pathlib import Path

import pytest

from gateway.config import ConfigError, Context, Settings, parse_settings
from tests.integration.net.certificates import Authority
from tests.unit.config.config_text import VALID

HASH = "sha256:" + "ab" * 32
TLS = "  tls: {certificate: own.pem, private_key: own.key}\n"
MUTUAL = (
    "  tls: {certificate: own.pem, private_key: own.key, client_ca: ca.pem, client_certificate: required}\n"
)
OPEN = "  bind: 0.0.0.0:7010\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    authority = Authority(tmp_path, "ca")
    own = authority.issue("own")
    own.key.chmod(0o600)
    return tmp_path


def parse(folder: Path, api: str, client: str = "") -> Settings:
    text = VALID.replace("    accounts: [A1]\n", f"    accounts: [A1]\n{client}")
    if api:
        text = "api:\n" + api + text
    return parse_settings(text, "g.yaml", Context(folder), check_dictionaries=True)


def problems(folder: Path, api: str, client: str = "") -> str:
    with pytest.raises(ConfigError) as refusal:
        parse(folder, api, client)
    return str(refusal.value)


def test_without_the_keys_clients_are_believed_on_this_machine_and_may_trade(folder: Path) -> None:
    settings = parse(folder, "")
    assert (settings.api.identity, settings.api.tls, settings.api.bind.is_loopback) == ("name", None, True)
    assert settings.clients[0].rights == ("read", "trade", "cancel")
    assert not settings.api.development


@pytest.mark.parametrize(
    ("api", "client"),
    [
        (OPEN + TLS + "  identity: token\n", f"    token_hashes: ['{HASH}']\n"),
        (OPEN + MUTUAL + "  identity: certificate\n", "    certificate_names: ['URI:spiffe://desk/c1']\n"),
        ("  identity: token\n", f"    token_hashes: ['{HASH}', 'sha256:{'cd' * 32}']\n"),
        (TLS, "    rights: [read]\n    strategies: [s1, s2]\n"),
        ("", "    rights: []\n"),
    ],
)
def test_what_fits_together_is_taken(folder: Path, api: str, client: str) -> None:
    parse(folder, api, client)


@pytest.mark.parametrize(
    ("api", "client", "said"),
    [
        (OPEN, "", "add api.tls with certificate and private_key"),
        (OPEN + TLS, "", "believes whoever connects"),
        ("  bind: '[::]:7010'\n" + TLS + "  identity: name\n", "", "token or certificate"),
        (
            "  identity: certificate\n" + TLS,
            "    certificate_names: ['DNS:c1']\n",
            "client_certificate: required",
        ),
        (MUTUAL.replace("client_ca: ca.pem, ", ""), "", "needs client_ca"),
        (MUTUAL.replace(", client_certificate: required", ""), "", "used only with"),
        ("  identity: token\n", "", "nobody can call as this client"),
        ("  identity: certificate\n" + MUTUAL, "", "has no certificate_names"),
        ("", f"    token_hashes: ['{HASH}', '{HASH}']\n", "names one client"),
        ("", "    token_hashes: [secret]\n", "sha256:"),
        ("", "    certificate_names: [c1]\n", "DNS:NAME or URI:NAME"),
        ("", "    rights: [write]\n", "read"),
        ("  identity: nobody\n", "", "certificate"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_do(folder: Path, api: str, client: str, said: str) -> None:
    assert said in problems(folder, api, client)


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644])
def test_key_that_others_may_read_is_refused(folder: Path, mode: int) -> None:
    (folder / "own.key").chmod(mode)
    said = problems(folder, TLS)
    assert "chmod 600" in said
    assert f"{mode:04o}" in said


def test_key_of_another_certificate_is_refused(folder: Path) -> None:
    other = Authority(folder, "other").issue("stray")
    (folder / "own.key").write_bytes(other.key.read_bytes())
    assert "are not a PEM certificate and its key" in problems(folder, TLS)


def test_file_that_is_no_authority_is_refused(folder: Path) -> None:
    (folder / "ca.pem").write_text("nothing")
    assert "holds no PEM certificates" in problems(folder, MUTUAL)
