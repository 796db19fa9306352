"""The sessions while the gateway runs: what is configured now, and how that is changed.

One change at a time. Each is checked like the configuration file, made in the core (which journals it with who, why
and what) and then kept for the next start. A file that is read again is compared with what runs, session by session.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, SecretStr

from gateway.config.access_change import access_difference
from gateway.config.core_credentials import CredentialError
from gateway.config.core_settings import CompileDictionary, core_session, session_windows, trading_windows
from gateway.config.load import load_settings
from gateway.config.problem import ConfigError
from gateway.config.risk import RiskSettings
from gateway.config.scalars import Context
from gateway.config.session_files import content_of_files
from gateway.config.session_overlay import Overlay, SessionEntry, read_session, with_overlay
from gateway.config.settings import ClientSettings, SessionSettings, Settings, with_access_of
from gateway.core import _core

__all__ = ["BY_SIGNAL", "Change", "LiveSessions", "Outcome", "SessionCore"]

BY_SIGNAL = "SIGHUP"
"""Who changes something that no client has asked for."""

_RELOAD = "gateway.v1.Sessions.ReloadConfiguration"
_RECORDED_MAX = 1024
"""Characters; names, hashes and digits are ASCII."""
_SESSION_SECTIONS = frozenset({"sessions", "venues"})


class SessionCore(Protocol):
    """The part of the core that changes sessions."""

    def add_session(
        self,
        settings: _core.SessionSettings,
        venues: list[str],
        changed_by: str,
        reason: str,
        detail: str = "",
    ) -> tuple[int, bool]: ...
    def change_session(
        self, settings: _core.SessionSettings, force: bool, changed_by: str, reason: str, detail: str = ""
    ) -> tuple[int, bool]: ...
    def remove_session(self, session: str, force: bool, changed_by: str, reason: str) -> tuple[int, bool]: ...
    def set_windows(self, session: str, windows: list[_core.Window]) -> None: ...
    def set_trading_hours(self, name: str, windows: list[_core.Window]) -> None: ...
    def record_call(
        self, *, client: str, peer: str, method: str, request: str, status: str, reason: str = ""
    ) -> int: ...
    def change_windows(
        self, session: str, windows: list[_core.Window], changed_by: str, reason: str, detail: str = ""
    ) -> tuple[int, bool]: ...


@dataclass(frozen=True)
class Outcome:
    """What became of one change."""

    name: str
    lsn: int
    pending: bool
    """It comes into force once the session has logged out."""
    detail: str


@dataclass(frozen=True)
class Change:
    """One difference between what runs and the file."""

    subject: str
    outcome: str
    """"added", "changed", "removed", "refused", "kept" or "needs a restart"."""
    detail: str


class LiveSessions:
    """Any thread may call it; calls wait for each other."""

    def __init__(
        self,
        core: SessionCore,
        settings: Settings,
        *,
        configuration: Path | None,
        overlay: Path,
        compile_dictionary: CompileDictionary,
        now_ns: Callable[[], int],
    ) -> None:
        """`settings`: what the core was opened with, overlay included. `configuration`: the file, for reloads."""
        self._core = core
        self._running = settings
        self._configuration = configuration
        self._overlay_path = overlay
        self._overlay = Overlay.load(overlay)
        self._compile = compile_dictionary
        self._now_ns = now_ns
        self._sessions = {session.name: session for session in settings.sessions}
        self._files = {session.name: content_of_files(session) for session in settings.sessions}
        self._clients = {client.name: client for client in settings.clients}
        self._take_clients: Callable[[Sequence[ClientSettings]], None] = lambda clients: None
        self._take_limits: Callable[[Settings, bool, bool, str], list[Change]] = lambda *reload: []
        self._lock = threading.Lock()

    def follow_clients(self, take: Callable[[Sequence[ClientSettings]], None]) -> None:
        """Have reloads hand on the clients with the proofs and rights that are in force then."""
        self._take_clients = take

    def follow_limits(self, take: Callable[[Settings, bool, bool, str], list[Change]]) -> None:
        """Have reloads hand on the file for its limits, with dry_run, force and who; `take` says what differs."""
        self._take_limits = take

    @property
    def in_force(self) -> Settings:
        """The settings that run now, with the sessions, proofs and rights that were changed since the start."""
        with self._lock:
            return self._running.model_copy(
                update={"sessions": tuple(self._sessions.values()), "clients": tuple(self._clients.values())}
            )

    @property
    def context(self) -> Context:
        """What an entry's paths and references are read against."""
        folder = self._configuration.absolute().parent if self._configuration else Path.cwd()
        return Context(folder, os.environ)

    def add(self, text: str, venues: list[str], changed_by: str, reason: str) -> Outcome:
        """Add a session. Raises ConfigError, DictionaryError, SessionRefused, JournalError."""
        session = read_session(text, self.context)
        with self._lock:
            self._refuse_twin(session)
            detail = f"{_summary(session)}{_leads(venues)}"
            lsn, pending = self._core.add_session(
                self._core_session(session), venues, changed_by, reason, detail
            )
            self._remember(session)
            self._keep(self._overlay.with_session(session.name, SessionEntry(text, tuple(venues))))
            return Outcome(session.name, lsn, pending, detail)

    def change(self, text: str, force: bool, changed_by: str, reason: str) -> Outcome:
        """Change a session. Raises KeyError, and as of `add`."""
        session = read_session(text, self.context)
        with self._lock:
            old = self._sessions[session.name]
            if old == session and not self._has_new_files(session):
                return Outcome(session.name, 0, False, "")
            self._refuse_twin(session)
            outcome = self._change(old, session, force, changed_by, reason)
            before = self._overlay.present.get(session.name)
            entry = SessionEntry(text, before.venues if before else ())
            self._keep(self._overlay.with_session(session.name, entry))
            return outcome

    def remove(self, name: str, force: bool, changed_by: str, reason: str) -> Outcome:
        """Remove a session. Raises KeyError, SessionRefused, JournalError."""
        with self._lock:
            lsn, pending = self._core.remove_session(name, force, changed_by, reason)
            self._sessions.pop(name, None)
            self._keep(self._overlay.without_session(name))
            return Outcome(name, lsn, pending, "")

    def reload(self, *, dry_run: bool, force: bool, changed_by: str, reason: str) -> list[Change]:
        """Read the file again and make what runs like it.

        What the API has changed stays on top of it, unless `force`. Raises ConfigError, where nothing is changed; a
        single change that is refused is in the answer, and the others are made.
        """
        if self._configuration is None:
            raise _core.SessionRefused("the gateway was not started from a file; change single sessions")
        file = load_settings(self._configuration, check_dictionaries=True)
        with self._lock:
            overlay = Overlay() if force else self._overlay.still_needed(file, self.context)
            wanted = with_overlay(file, overlay, self.context)
            changes = [
                Change(name, "kept", "it was changed through the API; `--force` takes the file's")
                for name in sorted({*overlay.present, *overlay.removed})
            ]
            for change in self._differences(wanted):
                made = change.description if dry_run else self._make(change, force, changed_by, reason)
                changes.append(made)
            changes.extend(self._reload_clients(file, dry_run, changed_by, reason))
            changes.extend(self._take_limits(file, dry_run, force, changed_by))
            changes.extend(self._restart_needed(file))
            if not dry_run:
                self._keep(overlay)
            return changes

    def refresh_windows(self) -> None:
        """Tell the core of the windows that come next."""
        with self._lock:
            for session in self._sessions.values():
                windows = session_windows(session, self._now_ns())
                if windows is not None:
                    self._core.set_windows(session.name, windows)
            for hours in self._running.trading_hours:
                self._core.set_trading_hours(hours.name, trading_windows(hours, self._now_ns()))

    def _refuse_twin(self, session: SessionSettings) -> None:
        for other in self._sessions.values():
            if other.name != session.name and _identity(other) == _identity(session):
                raise _core.SessionRefused(
                    f"session '{session.name}': session '{other.name}' has the same BeginString and CompIDs; a"
                    " counterparty cannot tell them apart"
                )

    def _core_session(self, session: SessionSettings) -> _core.SessionSettings:
        return core_session(session, self._running.dictionaries, self._compile, self._now_ns())

    def _change(
        self, old: SessionSettings, new: SessionSettings, force: bool, changed_by: str, reason: str
    ) -> Outcome:
        new_files = self._has_new_files(new)
        detail = _detail(old, new, new_files)
        windows = session_windows(new, self._now_ns())
        if windows is not None and _differs_in_times_only(old, new) and not new_files:
            lsn, pending = self._core.change_windows(new.name, windows, changed_by, reason, detail)
        else:
            lsn, pending = self._core.change_session(
                self._core_session(new), force, changed_by, reason, detail
            )
        self._remember(new)
        return Outcome(new.name, lsn, pending, detail)

    def _remember(self, session: SessionSettings) -> None:
        self._sessions[session.name] = session
        self._files[session.name] = content_of_files(session)

    def _has_new_files(self, session: SessionSettings) -> bool:
        return self._files.get(session.name) != content_of_files(session)

    def _keep(self, overlay: Overlay) -> None:
        if overlay != self._overlay:
            overlay.save(self._overlay_path)
            self._overlay = overlay

    def _differences(self, wanted: Settings) -> Iterator[_Difference]:
        """Removals first: what another session leads to then is free."""
        sessions = {session.name: session for session in wanted.sessions}
        for name in self._sessions.keys() - sessions.keys():
            yield _Difference(name, self._sessions[name], None, (), False)
        for name, session in sessions.items():
            venues = tuple(venue.name for venue in wanted.venues if venue.session == name)
            old, new_files = self._sessions.get(name), self._has_new_files(session)
            if old != session or new_files:
                yield _Difference(name, old, session, venues, new_files)

    def _make(self, difference: _Difference, force: bool, changed_by: str, reason: str) -> Change:
        name, old, new = difference.name, difference.old, difference.new
        described = difference.description
        try:
            if new is None:
                _, pending = self._core.remove_session(name, force, changed_by, reason)
                self._sessions.pop(name)
            elif old is None:
                core_settings = self._core_session(new)
                _, pending = self._core.add_session(
                    core_settings, list(difference.venues), changed_by, reason, described.detail
                )
                self._remember(new)
            else:
                pending = self._change(old, new, force, changed_by, reason).pending
        except (_core.CoreError, ConfigError, CredentialError, KeyError) as error:
            return Change(name, "refused", str(error))
        return Change(name, described.outcome, described.detail + (" (once logged out)" if pending else ""))

    def _reload_clients(
        self, file: Settings, dry_run: bool, changed_by: str, reason: str
    ) -> Iterator[Change]:
        """Take the proofs and rights of the clients that run; what the core knows of them waits for a restart.

        A client that is not in the file any more keeps its name in the core and loses every proof and right. Each
        difference is journalled before it is in force; where the journal cannot be written it is made all the same: a
        token that leaked has to go on a full disk, too.
        """
        wanted = {client.name: client for client in file.clients}
        after = {name: with_access_of(client, wanted.get(name)) for name, client in self._clients.items()}
        changed = [name for name, client in self._clients.items() if client != after[name]]
        for name in changed:
            detail = access_difference(self._clients[name], after[name])
            if not dry_run and not self._record_access(name, detail, changed_by, reason):
                detail += "; the journal could not take it: free disk space"
            yield Change(f"client {name}", "changed", detail)
        if changed and not dry_run:
            self._take_clients(list(after.values()))
            self._clients = after

    def _record_access(self, name: str, detail: str, changed_by: str, reason: str) -> bool:
        """Journal whose rights or proofs change, how, by whom and why; False where it cannot be."""
        client, by_signal = (
            ("", changed_by) if changed_by == BY_SIGNAL else (changed_by.partition("/")[0], "")
        )
        why = reason if by_signal else f"{changed_by}: {reason}"
        lsn = self._core.record_call(
            client=client,
            peer=by_signal,
            method=_RELOAD,
            request=f"client {name}: {detail}"[:_RECORDED_MAX],
            status="OK",
            reason=why[:_RECORDED_MAX],
        )
        return lsn != 0

    def _clients_for_restart(self, file: Settings) -> bool:
        def core_part(client: ClientSettings) -> ClientSettings:
            return with_access_of(client, None)

        return [*map(core_part, file.clients)] != [*map(core_part, self._running.clients)]

    def _restart_needed(self, file: Settings) -> Iterator[Change]:
        for section in type(file).model_fields:
            if section in _SESSION_SECTIONS:
                continue
            if section == "clients":
                differs = self._clients_for_restart(file)
            elif section == "risk":
                differs = _without_limits(file.risk) != _without_limits(self._running.risk)
            else:
                differs = getattr(file, section) != getattr(self._running, section)
            if differs:
                yield Change(
                    section, "needs a restart", "differs from what runs; it is read at the start only"
                )
        running = {venue.name: venue.session for venue in self._running.venues}
        for venue in file.venues:
            before = running.get(venue.name)
            if before is not None and before != venue.session:
                detail = f"venue {venue.name}: session {before} -> {venue.session}"
                yield Change("venues", "needs a restart", detail)


@dataclass(frozen=True)
class _Difference:
    name: str
    old: SessionSettings | None
    new: SessionSettings | None
    venues: tuple[str, ...]
    new_files: bool
    """The files that it names hold something else than when it was made."""

    @property
    def description(self) -> Change:
        if self.new is None:
            return Change(self.name, "removed", "")
        if self.old is None:
            return Change(self.name, "added", f"{_summary(self.new)}{_leads(self.venues)}")
        return Change(self.name, "changed", _detail(self.old, self.new, self.new_files))


def _without_limits(risk: RiskSettings) -> RiskSettings:
    return risk.model_copy(update={"limits": ()})


def _identity(session: SessionSettings) -> tuple[str, str, str]:
    return session.begin_string, session.sender_comp_id, session.target_comp_id


def _summary(session: SessionSettings) -> str:
    direction = "to" if session.role == "initiator" else "on"
    return (
        f"{session.begin_string} {session.sender_comp_id} -> {session.target_comp_id},"
        f" {session.role} {direction} {session.host}:{session.port}"
    )


def _leads(venues: tuple[str, ...] | list[str]) -> str:
    return f", leads to {', '.join(venues)}" if venues else ""


def _detail(old: SessionSettings, new: SessionSettings, new_files: bool) -> str:
    said = [_differences(old, new), "tls: the files have new content" if new_files else ""]
    return "; ".join(part for part in said if part)


def _differences(old: BaseModel, new: BaseModel) -> str:
    """Say what differs, old and new; of a secret only that it does."""
    parts = []
    for key in type(new).model_fields:
        before, after = getattr(old, key), getattr(new, key)
        if before != after:
            parts.append(f"{key}: {_shown(before)} -> {_shown(after)}")
    return "; ".join(parts)


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, BaseModel):
        return value.model_dump_json(exclude_defaults=True)
    return "***" if isinstance(value, SecretStr) else " ".join(str(value).split())[:200]


def _differs_in_times_only(old: SessionSettings, new: SessionSettings) -> bool:
    if old.schedule is None or new.schedule is None or old.schedule.reset != new.schedule.reset:
        return False
    return old.model_copy(update={"schedule": new.schedule}) == new
