"""What changes when the configuration is read again, or a session is given through the API."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.config import ConfigError, Context, load_settings
from gateway.config.live_sessions import BY_SIGNAL, LiveSessions
from gateway.config.session_overlay import OVERLAY_FILE_NAME, Overlay, with_overlay
from gateway.config.template import TEMPLATE
from gateway.core import _core
from tests.integration.net.certificates import Authority

SECOND = """\
name: second
begin_string: FIX.4.4
sender_comp_id: GATEWAY
target_comp_id: SECOND
host: 127.0.0.1
port: 9879
username: desk
password: ${env:SECRET}
"""

SCHEDULE = '    schedule: {time_zone: UTC, windows: [{opens: "%s", closes: "20:00"}]}\n'


@dataclass
class RecordingCore:
    """The core's port: says what it was asked to do, and refuses what it is told to."""

    calls: list[tuple[str, ...]] = field(default_factory=list)
    refuses: frozenset[str] = frozenset()

    def _take(self, *call: str) -> tuple[int, bool]:
        if call[0] in self.refuses:
            raise _core.SessionRefused(f"{call[0]} is refused")
        self.calls.append(call)
        return len(self.calls), False

    def add_session(
        self, settings: object, venues: list[str], changed_by: str, reason: str, detail: str = ""
    ) -> tuple[int, bool]:
        return self._take("add", *venues, detail)

    def change_session(
        self, settings: object, force: bool, changed_by: str, reason: str, detail: str = ""
    ) -> tuple[int, bool]:
        return self._take("change", detail)

    def remove_session(self, session: str, force: bool, changed_by: str, reason: str) -> tuple[int, bool]:
        return self._take("remove", session)

    def set_windows(self, session: str, windows: list[tuple[int, int, int]]) -> None:
        self._take("windows", session, str(len(windows)))

    def record_call(
        self, *, client: str, peer: str, method: str, request: str, status: str, reason: str = ""
    ) -> int:
        if "record" in self.refuses:
            return 0
        self._take("record", client, peer, method, request, status, reason)
        return len(self.calls)

    def change_windows(
        self,
        session: str,
        windows: list[tuple[int, int, int]],
        changed_by: str,
        reason: str,
        detail: str = "",
    ) -> tuple[int, bool]:
        return self._take("change windows", session)


@dataclass
class Desk:
    """A running gateway's sessions on a configuration file."""

    folder: Path
    core: RecordingCore = field(default_factory=RecordingCore)

    def __post_init__(self) -> None:
        self.file.write_text(TEMPLATE)
        self.start()

    @property
    def file(self) -> Path:
        return self.folder / "gateway.yaml"

    @property
    def overlay(self) -> Path:
        return self.folder / OVERLAY_FILE_NAME

    def start(self) -> None:
        settings = with_overlay(
            load_settings(self.file), Overlay.load(self.overlay), Context(self.folder, os.environ)
        )
        self.live = LiveSessions(
            self.core,
            settings,
            configuration=self.file,
            overlay=self.overlay,
            compile_dictionary=lambda name, path, overlay, strict: b"",
            now_ns=lambda: 1_795_000_000_000_000_000,
        )

    def edit(self, old: str, new: str) -> None:
        text = self.file.read_text()
        assert old in text
        self.file.write_text(text.replace(old, new))

    def reload(
        self, *, dry_run: bool = False, force: bool = False, changed_by: str = "ann"
    ) -> list[tuple[str, str, str]]:
        changes = self.live.reload(dry_run=dry_run, force=force, changed_by=changed_by, reason="test")
        return [(change.subject, change.outcome, change.detail) for change in changes]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("SECRET", "hunter2")
    return Desk(tmp_path)


def test_file_that_did_not_change_changes_nothing(desk: Desk) -> None:
    assert desk.reload() == []
    assert desk.core.calls == []


def test_difference_is_told_old_and_new_and_made_once(desk: Desk) -> None:
    desk.edit("heartbeat_interval: 30s", "heartbeat_interval: 20s")
    changed = [("sim", "changed", "heartbeat_interval: 0:00:30 -> 0:00:20")]
    assert desk.reload(dry_run=True) == changed
    assert desk.core.calls == []
    assert desk.reload() == changed
    assert desk.reload() == []
    assert len(desk.core.calls) == 1


def test_renewed_certificate_is_taken_by_the_next_reload_and_a_bad_one_changes_nothing(desk: Desk) -> None:
    tls = desk.folder / "ca.pem"
    tls.write_bytes(Authority(desk.folder, "Old CA").file.read_bytes())
    desk.edit("    heartbeat_interval: 30s\n", "    tls: {ca_file: ca.pem}\n")
    assert [outcome for _, outcome, _ in desk.reload()] == ["changed"]
    assert desk.reload() == []
    tls.write_bytes(Authority(desk.folder, "New CA").file.read_bytes())
    renewed = [("sim", "changed", "tls: the files have new content")]
    assert desk.reload(dry_run=True) == renewed
    assert desk.reload() == renewed
    assert desk.reload() == []
    tls.write_bytes(b"not a certificate")
    with pytest.raises(ConfigError, match="ca_file"):
        desk.reload()
    assert [call[0] for call in desk.core.calls] == ["change", "change"]


def test_renewed_certificate_is_taken_by_a_change_to_the_same_entry(desk: Desk) -> None:
    tls = desk.folder / "ca.pem"
    tls.write_bytes(Authority(desk.folder, "Old CA").file.read_bytes())
    entry = f"{SECOND}tls: {{ca_file: ca.pem}}\n"
    desk.live.add(entry, [], "ann", "new")
    assert desk.live.change(entry, False, "ann", "again").lsn == 0
    tls.write_bytes(Authority(desk.folder, "New CA").file.read_bytes())
    assert desk.live.change(entry, False, "ann", "renewed").detail == "tls: the files have new content"


def test_other_hours_need_no_logout_and_other_resets_do(desk: Desk) -> None:
    desk.edit("    heartbeat_interval: 30s\n", SCHEDULE % "08:00")
    desk.reload()
    desk.edit("08:00", "07:00")
    desk.reload()
    desk.edit('closes: "20:00"}]}', 'closes: "20:00"}], reset: local}')
    desk.reload()
    assert [call[0] for call in desk.core.calls] == ["change", "change windows", "change"]
    assert '"time_zone":"UTC"' in desk.core.calls[0][1]


def test_session_of_the_api_outlives_a_restart_and_a_reload(desk: Desk) -> None:
    outcome = desk.live.add(SECOND, ["TWO"], "ann", "new")
    assert outcome.detail == "FIX.4.4 GATEWAY -> SECOND, initiator to 127.0.0.1:9879, leads to TWO"
    assert "hunter2" not in desk.overlay.read_text()
    desk.start()
    assert [(subject, outcome) for subject, outcome, _ in desk.reload()] == [("second", "kept")]
    assert [call[0] for call in desk.core.calls] == ["add"]
    assert [(subject, outcome) for subject, outcome, _ in desk.reload(force=True)] == [("second", "removed")]
    assert not desk.overlay.exists()


def test_removed_session_stays_removed_until_the_file_says_so_too(desk: Desk) -> None:
    desk.live.remove("sim", False, "ann", "closed")
    desk.start()
    assert [(subject, outcome) for subject, outcome, _ in desk.reload()] == [("sim", "kept")]
    added = desk.reload(force=True)
    assert [(subject, outcome) for subject, outcome, _ in added] == [("sim", "added")]
    assert desk.core.calls[-1][:2] == ("add", "SIM")


def test_overlay_goes_once_the_file_says_the_same(desk: Desk) -> None:
    desk.live.add(SECOND, [], "ann", "new")
    entry = SECOND.strip().replace("\n", "\n    ")
    desk.edit("\nvenues:\n", f"\n  - {entry}\n\nvenues:\n")
    assert desk.reload() == []
    assert not desk.overlay.exists()


def test_refused_change_is_told_and_the_others_are_made(desk: Desk) -> None:
    entry = SECOND.strip().replace("\n", "\n    ")
    desk.edit("\nvenues:\n", f"\n  - {entry}\n\nvenues:\n")
    desk.edit("heartbeat_interval: 30s", "heartbeat_interval: 20s")
    desk.core.refuses = frozenset({"change"})
    assert [(subject, outcome) for subject, outcome, _ in desk.reload()] == [
        ("sim", "refused"),
        ("second", "added"),
    ]
    desk.core.refuses = frozenset()
    assert [(subject, outcome) for subject, outcome, _ in desk.reload()] == [("sim", "changed")]


def test_other_sections_are_told_to_need_a_restart(desk: Desk) -> None:
    desk.edit("max_order_quantity: 100000", "max_order_quantity: 10")
    assert [(subject, outcome) for subject, outcome, _ in desk.reload()] == [("limits", "needs a restart")]


def test_secret_that_changes_is_not_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.live.add(SECOND, [], "ann", "new")
    monkeypatch.setenv("SECRET", "hunter3")
    outcome = desk.live.change(SECOND, False, "ann", "rotated")
    assert outcome.detail == "password: *** -> ***"


def test_broken_file_changes_nothing(desk: Desk) -> None:
    desk.edit("port: 9878", "port: many")
    with pytest.raises(ConfigError, match="whole number"):
        desk.reload()
    assert desk.core.calls == []


def test_twin_of_another_session_is_refused(desk: Desk) -> None:
    with pytest.raises(_core.SessionRefused, match="same BeginString and CompIDs"):
        desk.live.add(SECOND.replace("SECOND", "SIM"), [], "ann", "new")
    assert desk.core.calls == []


def test_session_that_is_not_there_cannot_be_changed(desk: Desk) -> None:
    with pytest.raises(KeyError):
        desk.live.change(SECOND, False, "ann", "new")


def test_windows_are_told_for_sessions_with_a_schedule_only(desk: Desk) -> None:
    desk.live.refresh_windows()
    assert desk.core.calls == []
    desk.edit("    heartbeat_interval: 30s\n", SCHEDULE % "08:00")
    desk.reload()
    desk.live.refresh_windows()
    assert desk.core.calls[-1] == ("windows", "sim", "18")


def test_rights_and_tokens_are_handed_on_and_accounts_wait_for_a_restart(desk: Desk) -> None:
    taken: list[dict[str, tuple[object, ...]]] = []
    desk.live.follow_clients(
        lambda clients: taken.append({c.name: (c.accounts, c.rights, c.token_hashes) for c in clients})
    )
    token = f"sha256:{'ab' * 32}"
    desk.edit("rights: [read, trade, cancel, risk, admin]", f"rights: [read]\n    token_hashes: ['{token}']")
    ((subject, outcome, detail),) = desk.reload(dry_run=True)
    assert (subject, outcome) == ("client demo", "changed")
    assert "rights" in detail
    assert "token_hashes" in detail
    assert taken == []
    desk.reload()
    assert taken == [{"demo": (("DEMO",), ("read",), (token,))}]
    assert desk.reload() == []
    desk.edit("  - name: demo", "  - name: other")
    outcomes = {subject: outcome for subject, outcome, _ in desk.reload()}
    assert outcomes == {"client demo": "changed", "clients": "needs a restart"}
    assert taken[1:] == [{"demo": (("DEMO",), (), ())}]


RIGHTS = "rights: [read, trade, cancel, risk, admin]"
OLD, NEW = (f"sha256:{digits * 32}" for digits in ("ab", "cd"))


def test_change_of_rights_and_tokens_is_journalled_before_it_is_in_force_and_shows_no_hash(
    desk: Desk,
) -> None:
    recorded_at_change: list[int] = []
    desk.live.follow_clients(lambda clients: recorded_at_change.append(len(desk.core.calls)))
    desk.edit(RIGHTS, f"rights: [read, risk]\n    token_hashes: ['{OLD}']")
    desk.reload(dry_run=True)
    assert desk.core.calls == []
    desk.reload(changed_by="alpha/ann")
    desk.edit(OLD, NEW)
    desk.edit("rights: [read, risk]", "rights: [read, admin]\n    strategies: [mine]")
    ((_, _, detail),) = desk.reload(changed_by=BY_SIGNAL)
    method = "gateway.v1.Sessions.ReloadConfiguration"
    first = "client demo: rights: -trade -cancel -admin; token_hashes: +sha256:abababab..."
    then = "rights: +admin -risk; strategies: +mine (any before); token_hashes: +sha256:cdcdcdcd... -sha256:abababab..."
    assert desk.core.calls == [
        ("record", "alpha", "", method, first, "OK", "alpha/ann: test"),
        ("record", "", "SIGHUP", method, f"client demo: {then}", "OK", "test"),
    ]
    assert detail == then
    assert recorded_at_change == [1, 2]


def test_client_that_is_gone_from_the_file_is_journalled_as_losing_everything(desk: Desk) -> None:
    desk.edit("  - name: demo", "  - name: other")
    desk.reload()
    ((*_, request, _, _),) = desk.core.calls
    assert request == "client demo: rights: -read -trade -cancel -risk -admin"


def test_rights_are_taken_away_also_where_the_journal_cannot_be_written(desk: Desk) -> None:
    taken: list[object] = []
    desk.live.follow_clients(taken.append)
    desk.core.refuses = frozenset({"record"})
    desk.edit(RIGHTS, "rights: [read]")
    ((_, outcome, detail),) = desk.reload()
    assert (outcome, len(taken)) == ("changed", 1)
    assert detail.endswith("the journal could not take it: free disk space")
