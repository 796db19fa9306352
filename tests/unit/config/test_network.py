"""The network keys of a session: what is taken, and what is refused with which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import ConfigError, Context, Settings, parse_settings
from tests.unit.config.config_text import VALID


def parse(folder: Path, more: str, role: str = "initiator") -> Settings:
    for name in ("ca.pem", "own.pem", "own.key"):
        (folder / name).touch()
    session = "    port: 9878\n" + f"    role: {role}\n" + more
    return parse_settings(VALID.replace("    port: 9878\n", session), "g.yaml", Context(folder))


def tls(*lines: str) -> str:
    return "    tls:\n" + "".join(f"      {line}\n" for line in lines)


def test_tls_checks_everything_by_default(tmp_path: Path) -> None:
    session = parse(tmp_path, tls("ca_file: ca.pem")).sessions[0]
    assert session.tls is not None
    assert session.tls.verify_host_name is True
    assert session.tls.minimum_version == "1.2"


def test_pin_is_read_with_and_without_colons(tmp_path: Path) -> None:
    with_colons = ":".join(["AB"] * 32)
    session = parse(tmp_path, tls(f"pins: ['sha256:{with_colons}', 'sha256:{'cd' * 32}']")).sessions[0]
    assert session.tls is not None
    assert session.tls.pins == ("ab" * 32, "cd" * 32)


@pytest.mark.parametrize(
    ("role", "lines", "said"),
    [
        ("initiator", ["pins: ['abc']"], "expected sha256: and 64 hexadecimal digits"),
        ("initiator", ["verify_host_name: false"], "give ca_file or pins"),
        ("initiator", ["certificate: own.pem"], "add `private_key:`"),
        ("initiator", ["private_key: own.key"], "add `certificate:`"),
        ("initiator", ["client_certificate: required"], "is an acceptor's"),
        ("initiator", ["minimum_version: 1.1"], "expected one of 1.2, 1.3"),
        ("initiator", ["ca_file: none.pem"], "there is no file"),
        ("acceptor", ["minimum_version: 1.3"], "an acceptor needs a certificate"),
        ("acceptor", ["server_name: a.example"], "is an initiator's"),
        ("acceptor", ["client_certificate: required"], "there is neither; add one"),
        ("acceptor", ["client_name: desk"], "client_certificate: required"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, role: str, lines: list[str], said: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse(tmp_path, tls(*lines), role)
    assert said in str(error.value)


def test_acceptors_on_one_address_must_agree_on_its_tls(tmp_path: Path) -> None:
    other = (
        "  - name: other\n    role: acceptor\n    begin_string: FIX.4.4\n    sender_comp_id: GATEWAY\n"
        "    target_comp_id: OTHER\n    host: 127.0.0.1\n    port: 9878\n"
    )
    own = tls("certificate: own.pem", "private_key: own.key")
    with pytest.raises(ConfigError, match="listens on the address of sessions"):
        parse(tmp_path, own + other, "acceptor")
    assert len(parse(tmp_path, own + other + own, "acceptor").sessions) == 2


def test_source_address_is_an_initiators(tmp_path: Path) -> None:
    socket = "    socket:\n      source_address: 127.0.0.1\n"
    assert parse(tmp_path, socket).sessions[0].socket.source_address == "127.0.0.1"
    with pytest.raises(ConfigError, match="is an initiator's"):
        parse(tmp_path, socket, "acceptor")
