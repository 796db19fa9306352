"""Files that a gateway may have to open: its own come before clients' connections."""

import resource
from pathlib import Path

import pytest

from gateway.config import Settings, load_settings
from gateway.config.open_files import open_files, own_files
from gateway.daemon.open_files import make_room_for_files
from tests.unit.cli.cli_runner import gateway


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    assert gateway("init", tmp_path).code == 0
    return load_settings(tmp_path / "gateway.yaml", resolve_secrets=False)


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[int, int]]:
    """The process' limit, soft and hard; the real one would hold for the tests that follow."""
    found = {"now": (1024, 1024)}
    monkeypatch.setattr(resource, "getrlimit", lambda _: found["now"])
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: found.update(now=limits))
    return found


@pytest.mark.parametrize("soft", [0, 1, 1024])
def test_limit_is_raised_to_what_is_needed_where_it_may_be(
    settings: Settings, limit: dict[str, tuple[int, int]], soft: int
) -> None:
    limit["now"] = (soft, 1 << 20)
    assert make_room_for_files(settings) == settings.api.limits.connections
    assert limit["now"] == (open_files(settings), 1 << 20)


@pytest.mark.parametrize("soft", [resource.RLIM_INFINITY, 1 << 20])
def test_limit_that_is_enough_stays(settings: Settings, limit: dict[str, tuple[int, int]], soft: int) -> None:
    limit["now"] = (soft, soft)
    assert make_room_for_files(settings) == settings.api.limits.connections
    assert limit["now"] == (soft, soft)


@pytest.mark.parametrize(("beyond_own", "connections"), [(-100, 1), (0, 1), (10, 10)])
def test_connections_are_what_is_gone_without(
    settings: Settings,
    limit: dict[str, tuple[int, int]],
    caplog: pytest.LogCaptureFixture,
    beyond_own: int,
    connections: int,
) -> None:
    hard = own_files(settings) + beyond_own
    limit["now"] = (100, hard)
    assert make_room_for_files(settings) == connections
    assert limit["now"] == (hard, hard)
    assert f"may open {hard} files" in caplog.text
    assert f"LimitNOFILE={open_files(settings)}" in caplog.text


def test_more_sessions_and_connections_need_more_files(settings: Settings) -> None:
    limits = settings.api.limits.model_copy(update={"connections": 5000})
    api = settings.api.model_copy(update={"limits": limits})
    more = settings.model_copy(update={"api": api})
    assert open_files(more) - open_files(settings) == 4000
    assert own_files(more) == own_files(settings)
