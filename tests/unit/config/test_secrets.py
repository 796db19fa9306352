from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from gateway.config import ConfigError, Context, parse_settings
from gateway.config.secret_store import KEY_CREDENTIAL, KEY_VARIABLE, SecretStore
from tests.unit.config.config_text import VALID, changed, parse, problems_of


def with_password(reference: str) -> str:
    return changed("    port: 9878\n", f"    port: 9878\n    username: u\n    password: {reference}\n")


def test_password_comes_from_the_environment_and_is_never_shown() -> None:
    settings = parse(with_password("${env:PW}"), PW="s3cret")
    password = settings.sessions[0].password
    assert password is not None
    assert password.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in settings.model_dump_json()


def test_password_comes_from_a_file_without_its_newline(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("s3cret\n")
    (tmp_path / "pw").chmod(0o640)
    settings = parse_settings(with_password("${file:pw}"), "g.yaml", Context(tmp_path))
    password = settings.sessions[0].password
    assert password is not None
    assert password.get_secret_value() == "s3cret"


def test_inline_password_is_refused_and_not_repeated() -> None:
    (problem,) = problems_of(with_password("hunter2"))
    assert problem.startswith("g.yaml:9:15: sessions[0].password: expected a reference to a secret")
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("${env:PW}", "the environment variable PW is not set"),
        ("${file:/does/not/exist}", "/does/not/exist cannot be read (No such file or directory)"),
        ("${vault:x}", "expected a reference to a secret"),
        ("x${env:PW}", "expected a reference to a secret"),
    ],
)
def test_reference_that_leads_nowhere_is_refused(reference: str, said: str) -> None:
    (problem,) = problems_of(with_password(reference))
    assert said in problem


def test_secret_with_a_field_separator_is_refused_and_not_repeated() -> None:
    (problem,) = problems_of(with_password("${env:PW}"), PW="hunter2\x01141=Y")
    assert "control characters" in problem
    assert "hunter2" not in problem


def test_password_without_username_is_refused() -> None:
    (problem,) = problems_of(changed("    port: 9878\n", "    port: 9878\n    password: ${env:P}\n"), P="x")
    assert "add `username:`" in problem


def test_secrets_are_not_needed_to_check_the_form() -> None:
    context = Context(Path("/"), {}, resolve_secrets=False)
    assert parse_settings(with_password("${env:PW}"), "g.yaml", context).sessions[0].username == "u"


def test_database_password_is_filled_in_and_quoted() -> None:
    settings = parse(VALID + "database:\n  url: postgresql+psycopg://u:${env:PW}@h/d\n", PW="a/b@c")
    assert settings.database_url == "postgresql+psycopg://u:a%2Fb%40c@h/d"
    assert "a%2Fb" not in repr(settings)


def test_database_url_may_come_from_the_environment_whole() -> None:
    settings = parse(VALID + "database:\n  url: ${env:URL}\n", URL="postgresql://u:p@h/d")
    assert settings.database_url == "postgresql://u:p@h/d"


def test_inline_database_password_is_refused_and_not_repeated() -> None:
    (problem,) = problems_of(VALID + "database:\n  url: postgresql://u:hunter2@h/d\n")
    assert "write ${env:NAME} in its place" in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    "query",
    ["password=hunter2", "sslmode=require&SSLpassword=hunter2", "p%61ssword=hunter2", "conninfo=x%20hunter2"],
)
def test_inline_secret_in_a_database_urls_query_is_refused_and_not_repeated(query: str) -> None:
    (problem,) = problems_of(VALID + f"database:\n  url: postgresql://u@h/d?{query}\n")
    assert "write ${env:NAME} in its place" in problem
    assert "hunter2" not in problem


def test_secret_in_a_database_urls_query_may_be_a_reference() -> None:
    url = "postgresql+psycopg://u@h/d?sslmode=verify-full&sslpassword=${env:PW}&passfile=/etc/gateway/pgpass"
    settings = parse(VALID + f"database:\n  url: {url}\n", PW="a&b")
    assert settings.database_url == url.replace("${env:PW}", "a%26b")


def test_query_of_a_database_url_that_cannot_be_read_is_not_repeated() -> None:
    (problem,) = problems_of(VALID + "database:\n  url: mysql://u@h/d?password=hunter2\n")
    assert "hunter2" not in problem
    (problem,) = problems_of(VALID + "database:\n  url: mysql://u@h/d?hunter2\n")
    assert "hunter2" not in problem


def test_database_in_memory_is_refused() -> None:
    (problem,) = problems_of(VALID + "database:\n  url: 'sqlite:///:memory:'\n")
    assert "gone with the process" in problem


@pytest.mark.parametrize("mode", [0o644, 0o602, 0o606])
def test_file_that_everyone_may_read_or_write_is_refused(tmp_path: Path, mode: int) -> None:
    (tmp_path / "pw").write_text("hunter2\n")
    (tmp_path / "pw").chmod(mode)
    with pytest.raises(ConfigError) as error:
        parse_settings(with_password("${file:pw}"), "g.yaml", Context(tmp_path))
    assert f"everyone on this machine (mode 0{mode:o}); chmod 600 it" in str(error.value)
    assert "hunter2" not in str(error.value)


def password_of(reference: str, context: Context) -> str:
    password = parse_settings(with_password(reference), "g.yaml", context).sessions[0].password
    assert password is not None
    return password.get_secret_value()


def test_password_comes_from_a_credential_of_the_service(tmp_path: Path) -> None:
    (tmp_path / "venue").write_text("s3cret")
    (tmp_path / "venue").chmod(0o400)
    context = Context(Path("/"), {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert password_of("${credential:venue}", context) == "s3cret"


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("${credential:venue}", "CREDENTIALS_DIRECTORY is not set"),
        ("${credential:../etc/passwd}", "a credential's name has letters"),
        (
            "${encrypted:secrets.enc#venue}",
            "there is no key for encrypted secrets; set GATEWAY_SECRETS_KEY_FILE",
        ),
        ("${encrypted:secrets.enc}", "PATH#NAME"),
        ("${encrypted:#venue}", "PATH#NAME"),
    ],
)
def test_reference_without_what_it_needs_says_so(reference: str, said: str) -> None:
    (problem,) = problems_of(with_password(reference))
    assert said in problem


def test_credential_that_the_service_was_not_given_is_refused(tmp_path: Path) -> None:
    (problem,) = problems_of(with_password("${credential:venue}"), CREDENTIALS_DIRECTORY=str(tmp_path))
    assert f"{tmp_path}/venue cannot be read" in problem


def encrypted(folder: Path, **values: str) -> str:
    """Write an encrypted file; its key."""
    key = Fernet.generate_key().decode()
    store = SecretStore(folder / "secrets.enc", key)
    for name, value in values.items():
        store.put(name, value)
    return key


def test_password_comes_from_an_encrypted_file(tmp_path: Path) -> None:
    key = encrypted(tmp_path, venue="s3cret", other="else")
    assert password_of("${encrypted:secrets.enc#venue}", Context(tmp_path, {KEY_VARIABLE: key})) == "s3cret"
    data = (tmp_path / "secrets.enc").read_bytes()
    assert b"s3cret" not in data
    assert b"venue" not in data
    assert (tmp_path / "secrets.enc").stat().st_mode & 0o777 == 0o600


def test_key_of_encrypted_secrets_comes_from_a_file_or_a_credential(tmp_path: Path) -> None:
    key = encrypted(tmp_path, venue="s3cret")
    for name, environ in (
        ("key", {"GATEWAY_SECRETS_KEY_FILE": "key"}),
        (KEY_CREDENTIAL, {"CREDENTIALS_DIRECTORY": str(tmp_path)}),
    ):
        (tmp_path / name).write_text(f"{key}\n")
        (tmp_path / name).chmod(0o600)
        assert password_of("${encrypted:secrets.enc#venue}", Context(tmp_path, environ)) == "s3cret"
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(ConfigError, match="everyone on this machine"):
        password_of("${encrypted:secrets.enc#venue}", Context(tmp_path, {"GATEWAY_SECRETS_KEY_FILE": "key"}))


def test_encrypted_file_with_a_wrong_key_or_a_changed_byte_is_refused(tmp_path: Path) -> None:
    key = encrypted(tmp_path, venue="s3cret")
    reference = "${encrypted:secrets.enc#venue}"
    wrong = Context(tmp_path, {KEY_VARIABLE: Fernet.generate_key().decode()})
    with pytest.raises(ConfigError, match="cannot be decrypted with this key"):
        password_of(reference, wrong)
    with pytest.raises(ConfigError, match="expected 44 characters"):
        password_of(reference, Context(tmp_path, {KEY_VARIABLE: "hunter2"}))
    file = tmp_path / "secrets.enc"
    data = bytearray(file.read_bytes())
    data[40] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(ConfigError, match="or was changed"):
        password_of(reference, Context(tmp_path, {KEY_VARIABLE: key}))


def test_encrypted_secret_of_another_name_is_refused(tmp_path: Path) -> None:
    key = encrypted(tmp_path, venue="s3cret")
    with pytest.raises(ConfigError) as error:
        password_of("${encrypted:secrets.enc#venu}", Context(tmp_path, {KEY_VARIABLE: key}))
    assert "has no secret venu" in str(error.value)


def test_file_of_secrets_is_replaced_as_a_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = encrypted(tmp_path, venue="s3cret")
    store = SecretStore(tmp_path / "secrets.enc", key)

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fails)
    with pytest.raises(OSError, match="No space"):
        store.put("venue", "other")
    assert SecretStore(tmp_path / "secrets.enc", key).get("venue") == "s3cret"
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.enc"]
