"""`gateway secrets`: what is added is there, and is shown nowhere."""

import io
import json
from pathlib import Path

import pytest

from gateway.cli.failure import ExitCode
from gateway.config.secret_store import SecretStore, find_key
from tests.unit.cli.cli_runner import Result, gateway


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    key = tmp_path / "key"
    assert gateway("secrets", "key", str(key)).code == ExitCode.OK
    assert key.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("GATEWAY_SECRETS_KEY_FILE", str(key))
    return tmp_path / "secrets.enc"


def add(monkeypatch: pytest.MonkeyPatch, file: Path, name: str, value: str) -> Result:
    monkeypatch.setattr("sys.stdin", io.StringIO(value))
    return gateway("secrets", "add", name, "--file", str(file))


def stored(file: Path, name: str) -> str:
    key = find_key({"GATEWAY_SECRETS_KEY_FILE": str(file.with_name("key"))}, file.parent)
    return SecretStore(file, key).get(name)


def test_secret_is_added_named_replaced_and_removed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = add(monkeypatch, file, "venue", "s3cret\n")
    assert f"${{encrypted:{file}#venue}}" in result.out
    assert stored(file, "venue") == "s3cret"
    assert "replaced" in add(monkeypatch, file, "venue", "other").out
    add(monkeypatch, file, "database", "third")
    assert json.loads(gateway("secrets", "list", "-f", str(file), "--json").out) == ["database", "venue"]
    shown = gateway("secrets", "list", "-f", str(file)).out
    assert shown == "database\nvenue\n"
    assert "removed" in gateway("secrets", "remove", "venue", "-f", str(file)).out
    assert gateway("secrets", "list", "-f", str(file)).out == "database\n"
    assert gateway("secrets", "remove", "venue", "-f", str(file)).code == ExitCode.USAGE


def test_key_that_exists_is_not_replaced(file: Path) -> None:
    key = file.with_name("key")
    before = key.read_bytes()
    assert gateway("secrets", "key", str(key)).code == ExitCode.USAGE
    assert key.read_bytes() == before


@pytest.mark.parametrize("value", ["", "\n", "two\nlines", "x" * 5000])
def test_value_that_no_session_could_use_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    assert add(monkeypatch, file, "venue", value).code == ExitCode.USAGE
    assert not file.exists()


def test_name_that_no_reference_could_have_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert add(monkeypatch, file, "two words", "s3cret").code == ExitCode.USAGE


def test_file_is_of_another_key_once_it_was_changed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(monkeypatch, file, "venue", "s3cret")
    other = file.with_name("other")
    gateway("secrets", "key", str(other))
    assert gateway("secrets", "change-key", str(other), "-f", str(file)).code == ExitCode.OK
    result = gateway("secrets", "list", "-f", str(file))
    assert result.code == ExitCode.CONFIG
    assert "cannot be decrypted with this key" in result.err
    monkeypatch.setenv("GATEWAY_SECRETS_KEY_FILE", str(other))
    assert gateway("secrets", "list", "-f", str(file)).out == "venue\n"


def test_without_a_key_nothing_is_written(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEWAY_SECRETS_KEY_FILE")
    result = add(monkeypatch, file, "venue", "s3cret")
    assert result.code == ExitCode.CONFIG
    assert "gateway secrets key" in result.err
    assert not file.exists()
