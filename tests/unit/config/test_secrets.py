from pathlib import Path

import pytest

from gateway.config import Context, parse_settings
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


def test_database_in_memory_is_refused() -> None:
    (problem,) = problems_of(VALID + "database:\n  url: 'sqlite:///:memory:'\n")
    assert "gone with the process" in problem
