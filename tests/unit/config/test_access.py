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


MONITOR_TLS = "  tls: {certificate: own.pem, private_key: own.key}\n"


def monitored(folder: Path, monitor: str) -> Settings:
    return parse_settings(f"{VALID}monitor:\n{monitor}", "g.yaml", Context(folder), check_dictionaries=True)


@pytest.mark.parametrize("bind", ["0.0.0.0:7011", "'[::]:7011'", "192.0.2.1:7011"])
def test_monitor_that_other_machines_reach_needs_tls(folder: Path, bind: str) -> None:
    with pytest.raises(ConfigError, match=r"add monitor\.tls with certificate and private_key"):
        monitored(folder, f"  bind: {bind}\n")
    settings = monitored(folder, f"  bind: {bind}\n{MONITOR_TLS}  token_hashes: ['{HASH}']\n")
    assert settings.monitor.tls is not None
    assert settings.monitor.token_hashes == (HASH,)


def test_monitor_on_loopback_needs_nothing(folder: Path) -> None:
    assert monitored(folder, "  bind: 127.0.0.1:7011\n").monitor.tls is None


def test_key_of_the_monitor_that_others_may_read_is_refused(folder: Path) -> None:
    (folder / "own.key").chmod(0o640)
    with pytest.raises(ConfigError, match=r"monitor\.tls\.private_key: .*chmod 600"):
        monitored(folder, MONITOR_TLS)


def test_key_of_a_session_that_everyone_may_read_is_refused(folder: Path) -> None:
    text = VALID.replace(
        "    port: 9878\n", "    port: 9878\n    tls: {certificate: own.pem, private_key: own.key}\n"
    )
    parse_settings(text, "g.yaml", Context(folder), check_dictionaries=True)
    (folder / "own.key").chmod(0o644)
    with pytest.raises(ConfigError, match=r"sessions\[0\]\.tls\.private_key: .*everyone on this machine"):
        parse_settings(text, "g.yaml", Context(folder), check_dictionaries=True)
