"""A folder for each run, a link to the newest, and no more than the newest few."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from ops.demo.folder import RUNS_KEPT, make_folder

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_runs_within_a_second_get_folders_of_their_own(tmp_path: Path) -> None:
    first, second = make_folder(tmp_path, NOW), make_folder(tmp_path, NOW)
    assert first != second
    assert (tmp_path / "latest").resolve() == second.resolve()


def test_oldest_runs_are_removed_and_foreign_files_are_not(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    folders = [make_folder(tmp_path, NOW + timedelta(seconds=n)) for n in range(RUNS_KEPT + 2)]
    assert [folder.exists() for folder in folders] == [False] * 2 + [True] * RUNS_KEPT
    assert (tmp_path / "notes").exists()
