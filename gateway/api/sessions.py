"""The FIX sessions: what they do, and what operators do with them.

Every change needs a reason and is journalled with the calling client and the person it names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.api.call import Call
from gateway.api.core_port import Core
from gateway.api.errors import ApiError, Problem
from gateway.api.off_loop import OffLoop
from gateway.api.pages import page_of
from gateway.config.core_credentials import CredentialError
from gateway.config.dictionaries import DictionaryError
from gateway.config.live_sessions import Change, Outcome
from gateway.config.problem import ConfigError
from gateway.core._core import SessionRefused
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import sessions_pb2 as sessions

__all__ = ["SessionDesk", "Sessions", "message_text"]

_Result = TypeVar("_Result")

_TEXT_BYTES_MAX = 256
_SETTINGS_BYTES_MAX = 65_536


class SessionDesk(Protocol):
    """Changes what sessions there are: `gateway.config.live_sessions.LiveSessions`."""

    def add(self, text: str, venues: list[str], changed_by: str, reason: str) -> Outcome: ...
    def change(self, text: str, force: bool, changed_by: str, reason: str) -> Outcome: ...
    def remove(self, name: str, force: bool, changed_by: str, reason: str) -> Outcome: ...
    def reload(self, *, dry_run: bool, force: bool, changed_by: str, reason: str) -> list[Change]: ...


class Sessions:
    """The FIX sessions."""

    def __init__(self, core: Core, off_loop: OffLoop, desk: SessionDesk | None) -> None:
        """`desk` None: sessions can be operated, but not added, changed or removed."""
        self._core = core
        self._off_loop = off_loop
        self._desk = desk

    async def list_sessions(self, call: Call, request: queries.ListSessionsRequest) -> bytes:
        """List all sessions."""
        return self._core.sessions()

    async def get_session(self, call: Call, request: sessions.GetSessionRequest) -> bytes:
        """Get one session with its next windows, and for whoever may see everything its number of open orders."""
        found = await self._off_loop(lambda: self._core.session(request.name))
        if found is None:
            raise _no_session(request.name)
        if call.caller.may_see_everything:
            return found
        answer = sessions.GetSessionResponse.FromString(found)
        answer.ClearField("open_orders")
        return answer.SerializeToString()

    async def logon_session(
        self, call: Call, request: sessions.LogonSessionRequest
    ) -> sessions.SessionCommandResponse:
        """Let a session connect again."""
        by, reason = _note(call, request.note)
        return await self._command(request.name, lambda: self._core.log_on(request.name, by, reason))

    async def logout_session(
        self, call: Call, request: sessions.LogoutSessionRequest
    ) -> sessions.SessionCommandResponse:
        """Log a session out and keep it out."""
        by, reason = _note(call, request.note)
        return await self._command(request.name, lambda: self._core.log_out(request.name, by, reason))

    async def set_sequence_numbers(
        self, call: Call, request: sessions.SetSequenceNumbersRequest
    ) -> sessions.SessionCommandResponse:
        """Set the next sequence numbers."""
        by, reason = _note(call, request.note)
        return await self._command(
            request.name,
            lambda: self._core.set_sequences(
                request.name, request.next_in or None, request.next_out or None, by, reason
            ),
        )

    async def reset_session(
        self, call: Call, request: sessions.ResetSessionRequest
    ) -> sessions.SessionCommandResponse:
        """Start both sequences anew."""
        by, reason = _note(call, request.note)
        return await self._command(
            request.name, lambda: self._core.reset_session(request.name, request.force, by, reason)
        )

    async def add_session(
        self, call: Call, request: sessions.AddSessionRequest
    ) -> sessions.SessionCommandResponse:
        """Add a session."""
        by, reason = _note(call, request.note)
        text = _settings(request.settings_yaml)
        return await self._change(
            lambda desk: desk.add(text, list(request.venues), by, reason), field="settings_yaml"
        )

    async def change_session(
        self, call: Call, request: sessions.ChangeSessionRequest
    ) -> sessions.SessionCommandResponse:
        """Give a session other settings."""
        by, reason = _note(call, request.note)
        text = _settings(request.settings_yaml)
        return await self._change(
            lambda desk: desk.change(text, request.force, by, reason), field="settings_yaml"
        )

    async def remove_session(
        self, call: Call, request: sessions.RemoveSessionRequest
    ) -> sessions.SessionCommandResponse:
        """Take a session away."""
        by, reason = _note(call, request.note)
        return await self._change(
            lambda desk: desk.remove(request.name, request.force, by, reason), field="name", name=request.name
        )

    async def reload_configuration(
        self, call: Call, request: sessions.ReloadConfigurationRequest
    ) -> sessions.ReloadConfigurationResponse:
        """Read the configuration file again."""
        by, reason = _note(call, request.note)
        desk = self._required_desk()
        changes = await self._off_loop(
            lambda: _checked(
                lambda: desk.reload(
                    dry_run=request.dry_run, force=request.force, changed_by=by, reason=reason
                )
            )
        )
        return sessions.ReloadConfigurationResponse(
            changes=[
                sessions.ConfigurationChange(
                    subject=change.subject, outcome=change.outcome, detail=change.detail
                )
                for change in changes
            ]
        )

    async def list_session_messages(
        self, call: Call, request: sessions.ListSessionMessagesRequest
    ) -> sessions.ListSessionMessagesResponse:
        """List a page of FIX messages, newest first, for whoever may see everything."""
        call.caller.require_everything("ListSessionMessages")
        page = page_of(request)
        messages, next_before = await self._off_loop(
            lambda: self._core.session_messages(
                request.name,
                inbound=request.direction != sessions.MESSAGE_DIRECTION_OUT,
                outbound=request.direction != sessions.MESSAGE_DIRECTION_IN,
                before_lsn=page.position,
                limit=page.size,
            )
        )
        return sessions.ListSessionMessagesResponse(
            messages=[_message(*fields) for fields in messages],
            next_page_token=page.token(next_before),
        )

    async def _command(
        self, name: str, work: Callable[[], tuple[int, bool]]
    ) -> sessions.SessionCommandResponse:
        lsn, pending = await self._off_loop(lambda: _checked(work, name=name))
        return sessions.SessionCommandResponse(lsn=lsn, pending=pending, session=self._shown(name))

    async def _change(
        self, work: Callable[[SessionDesk], Outcome], *, field: str, name: str = ""
    ) -> sessions.SessionCommandResponse:
        desk = self._required_desk()
        outcome = await self._off_loop(lambda: _checked(lambda: work(desk), field=field, name=name))
        return sessions.SessionCommandResponse(
            lsn=outcome.lsn,
            pending=outcome.pending,
            detail=outcome.detail,
            session=self._shown(outcome.name),
        )

    def _shown(self, name: str) -> queries.Session | None:
        found = self._core.session(name)
        return None if found is None else sessions.GetSessionResponse.FromString(found).session

    def _required_desk(self) -> SessionDesk:
        if self._desk is None:
            raise ApiError(Problem.REFUSED, "this gateway cannot change its sessions while it runs")
        return self._desk


def message_text(message: bytes) -> str:
    """Write a FIX message with | for SOH, and what is not printable as \\xNN."""
    text = message.replace(b"\x01", b"|").decode("utf-8", "backslashreplace")
    return "".join(mark if mark.isprintable() else f"\\x{ord(mark):02x}" for mark in text)


def _checked(work: Callable[[], _Result], *, field: str = "", name: str = "") -> _Result:
    """Say what is wrong with what was given, in the words of the configuration.

    `field` holds it; where none does, it is the file's fault. `name`: of the session that the call is about.
    """
    try:
        return work()
    except (ConfigError, DictionaryError, CredentialError) as error:
        problem = Problem.INVALID_ARGUMENT if field else Problem.FAILED_PRECONDITION
        raise ApiError(problem, str(error), field=field) from error
    except SessionRefused as error:
        raise ApiError(Problem.REFUSED, str(error), facts={"session": name} if name else {}) from error
    except KeyError as error:
        raise _no_session(name or str(error.args[0])) from error


def _note(call: Call, note: sessions.OperatorNote) -> tuple[str, str]:
    """Give who (the client, and the person that it names) and why."""
    reason, person = note.reason.strip(), note.person.strip()
    for name, text in (("reason", reason), ("person", person)):
        if len(text.encode()) > _TEXT_BYTES_MAX:
            raise ApiError(
                Problem.INVALID_ARGUMENT,
                f"expected a {name} of at most {_TEXT_BYTES_MAX} bytes",
                field=f"note.{name}",
            )
    if not reason:
        raise ApiError(
            Problem.INVALID_ARGUMENT,
            "expected a reason, was empty; say why, it is journalled",
            field="note.reason",
        )
    return f"{call.caller.client}/{person}" if person else call.caller.client, reason


def _settings(text: str) -> str:
    if not 0 < len(text.encode()) <= _SETTINGS_BYTES_MAX:
        raise ApiError(
            Problem.INVALID_ARGUMENT,
            f"expected settings_yaml of 1 to {_SETTINGS_BYTES_MAX} bytes: an entry of `sessions`",
            field="settings_yaml",
        )
    return text


def _no_session(name: str) -> ApiError:
    return ApiError(Problem.NOT_FOUND, f"there is no session {name.strip(chr(39))!r}; see ListSessions")


def _message(
    lsn: int, time_ns: int, inbound: bool, seq: int, message: bytes, resend: bool, ignored: bool
) -> sessions.SessionMessage:
    time = Timestamp()
    time.FromNanoseconds(time_ns)
    direction = sessions.MESSAGE_DIRECTION_IN if inbound else sessions.MESSAGE_DIRECTION_OUT
    return sessions.SessionMessage(
        lsn=lsn,
        time=time,
        direction=direction,
        msg_seq_num=seq,
        text=message_text(message),
        resend=resend,
        ignored=ignored,
    )
