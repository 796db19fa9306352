"""Commands that read the database: where there is none yet they say so, and make none."""

from pathlib import Path

import pytest

from tests.unit.cli.cli_runner import gateway


@pytest.mark.parametrize(
    "words", ["export orders -o -", "replay --verify", "risk changes --history"], ids=lambda words: words
)
def test_database_that_is_not_there_is_named_and_not_made(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert gateway("init", ".").code == 0
    (tmp_path / "journal").mkdir()
    result = gateway(*words.split())
    assert result.code == 1
    assert "gateway.db: there is no database yet; `gateway run` makes it" in result.err
    assert not list(tmp_path.glob("gateway.db*"))
