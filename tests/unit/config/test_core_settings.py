"""What the core is told of a session: the right dictionaries, for every version."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import ConfigError, load_settings
from gateway.config.core_settings import APPL_VER_IDS, core_settings
from gateway.config.dictionaries import bundled_dictionary
from gateway.config.dictionary_xml import parse_dictionary
from gateway.config.settings import DICTIONARY_NAMES
from tests.unit.config.config_text import changed, parse, problems_of

NOW_NS = 1_795_000_000_000_000_000


@pytest.mark.parametrize("version", DICTIONARY_NAMES)
def test_every_version_has_a_bundled_dictionary(version: str) -> None:
    assert bundled_dictionary(version).is_file()


def test_numbers_of_the_versions_are_those_of_the_fixt_dictionary() -> None:
    path = bundled_dictionary("FIXT.1.1")
    values = parse_dictionary(path.read_bytes(), path).fields["ApplVerID"].values
    names = {number: values[number].replace("_", "") for number in APPL_VER_IDS.values()}
    assert names == {number: name.replace(".", "") for name, number in APPL_VER_IDS.items()}


@pytest.mark.parametrize("version", ["FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4"])
def test_one_dictionary_serves_a_session_before_fix_5(version: str) -> None:
    asked: list[tuple[str, Path | None, Path | None]] = []

    def compile_dictionary(name: str, file: Path | None, overlay: Path | None, _strict: bool) -> bytes:
        asked.append((name, file, overlay))
        return b""

    core_settings(parse(changed("FIX.4.4", version)), compile_dictionary, NOW_NS)
    assert asked == [(version, None, None)]


@pytest.mark.parametrize("version", ["FIX.5.0", "FIX.5.0SP1", "FIX.5.0SP2", "FIX.4.2"])
def test_two_dictionaries_serve_a_session_over_fixt(version: str) -> None:
    asked: list[tuple[str, Path | None, Path | None]] = []

    def compile_dictionary(name: str, file: Path | None, overlay: Path | None, _strict: bool) -> bytes:
        asked.append((name, file, overlay))
        return b""

    text = changed("FIX.4.4", f"FIXT.1.1\n    application_version: {version}")
    core_settings(parse(text), compile_dictionary, NOW_NS)
    assert asked == [(version, None, None), ("FIXT.1.1", None, None)]


def test_session_overlay_without_fixt_is_refused() -> None:
    (problem,) = problems_of(changed("port: 9878", f"port: 9878\n    session_overlay: {__file__}"))
    assert "session_overlay: goes with FIXT.1.1 only; in FIX.4.4 application_overlay covers all" in problem


def test_overlay_that_does_not_fit_its_dictionary_is_found_by_the_check(tmp_path: Path) -> None:
    overlay = tmp_path / "venue.yaml"
    overlay.write_text("messages:\n  ExecutionReport: {required: [Accaunt]}\n")
    file = tmp_path / "gateway.yaml"
    file.write_text(changed("port: 9878", "port: 9878\n    application_overlay: venue.yaml"))
    with pytest.raises(ConfigError) as raised:
        load_settings(file, check_dictionaries=True)
    text = str(raised.value)
    assert "sessions[0].application_overlay" in text
    assert f"{overlay}:2: expected a member of this structure" in text
    overlay.write_text("messages:\n  ExecutionReport: {required: [Account]}\n")
    load_settings(file, check_dictionaries=True)


def test_key_that_no_signer_takes_is_found_by_the_check_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("c2hvcnQta2V5")
    (tmp_path / "key").chmod(0o600)
    file = tmp_path / "gateway.yaml"
    section = 'signing: {algorithm: ed25519, key: "${file:key}", payload: "{52}"}'
    file.write_text(changed("port: 9878", f"port: 9878\n    {section}"))
    with pytest.raises(ConfigError) as raised:
        load_settings(file, check_dictionaries=True)
    text = str(raised.value)
    assert "session sim: signing: ed25519 needs a private key of 32 bytes" in text
    assert "short-key" not in text
    assert "c2hvcnQ" not in text
    load_settings(file, check_dictionaries=True, resolve_secrets=False)


@pytest.mark.parametrize("program", ["no-such-signer", "bin/sign", "/dev/null"])
def test_signer_that_is_no_program_is_found_by_the_check(tmp_path: Path, program: str) -> None:
    file = tmp_path / "gateway.yaml"
    section = "signing: {algorithm: command, command: [%s], payload: '{52}'}"
    file.write_text(changed("port: 9878", f"port: 9878\n    {section % program}"))
    with pytest.raises(ConfigError) as raised:
        load_settings(file, check_dictionaries=True)
    assert f"signing.command: {program} is no program" in str(raised.value)
    file.write_text(changed("port: 9878", f"port: 9878\n    {section % 'cat'}"))
    load_settings(file, check_dictionaries=True)


def test_signer_outside_cannot_verify_for_an_acceptor() -> None:
    keys = "signing: {algorithm: command, command: [cat], payload: '{52}'}"
    problems = problems_of(changed("host: 127.0.0.1", f"role: acceptor\n    {keys}"))
    assert any("an acceptor verifies; use one that is built in" in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ("signing: {algorithm: ed25519}", "signing: algorithm needs key"),
        ("signing: {algorithm: command, payload: '{52}'}", "signing: algorithm needs command"),
        ("signing: {algorithm: python, callable: 'a:b'}", "signing: algorithm needs payload"),
        ("signing: {algorithm: python, callable: 'sign', payload: '{52}'}", "a function (MODULE:FUNCTION)"),
        ("signing: {algorithm: command, command: [cat], callable: 'a:b', payload: '{52}'}", "remove it"),
        (
            "signing: {algorithm: ed25519, key: '${env:P}', payload: x, timeout: 2s}",
            "timeout: is not for algorithm ed25519",
        ),
        (
            "signing: {algorithm: ed25519, key: '${env:P}', payload: x, signature_format: text}",
            "text is for command and python",
        ),
        (
            "signing: {algorithm: command, command: [cat], payload: x, further_fields: [554]}",
            "goes with `signature_format: fields`",
        ),
        ("password_change: {id: a}", "password_change: id needs new_password"),
        ("password_encryption: {algorithm: rsa-pkcs1, method: '1'}", "algorithm needs public_key"),
        ("password_change: {id: a, new_password: '${env:P}'}", "password_change: goes with a password"),
        ("throttle: {messages: 5, reserved_for_cancels: 5}", "leaves none of the 5 messages for orders"),
        ("throttle: {over_limit: hold}", "expected one of deny, drop, wait"),
    ],
)
def test_credentials_and_throttle_that_do_not_fit_together_are_refused(keys: str, what: str) -> None:
    problems = problems_of(changed("port: 9878", f"port: 9878\n    {keys}"), P="x")
    assert any(what in problem for problem in problems), problems
