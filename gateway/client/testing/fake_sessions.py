"""The service Sessions of a fake gateway: one session, to its venue, that can be logged out and on."""

from collections.abc import Callable

import grpc
from google.protobuf.message import Message

from gateway.client.enums import SessionAction, SessionState
from gateway.client.proto_enums import enumerator
from gateway.client.testing.fake_failure import failure
from gateway.client.testing.fake_ledger import FakeLedger
from gateway.v1 import events_pb2 as events
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import sessions_pb2 as sessions

__all__ = ["FakeSessions"]


class FakeSessions:
    """The session that is named as the venue."""

    def __init__(self, ledger: FakeLedger) -> None:
        self._ledger = ledger
        self.state = SessionState.READY
        self._enabled = True
        self.calls: dict[str, Callable[[str, Message], Message]] = {
            "Sessions.ListSessions": self._list_sessions,
            "Sessions.GetSession": self._get_session,
            "Sessions.LogonSession": self._log_on,
            "Sessions.LogoutSession": self._log_out,
        }

    def change(self, state: SessionState, reason: str) -> None:
        """Change its state, and say so to everyone."""
        self.state = state
        changed = events.SessionChanged(session=self._ledger.venue, state=enumerator(state), reason=reason)
        self._ledger.record(events.Event(session_changed=changed))

    def _session(self) -> queries.Session:
        return queries.Session(
            name=self._ledger.venue,
            begin_string="FIX.4.4",
            sender_comp_id="GATEWAY",
            target_comp_id=self._ledger.venue,
            state=enumerator(self.state),
            venue=self._ledger.venue,
            role="initiator",
            enabled=self._enabled,
        )

    def _list_sessions(self, _client: str, _request: Message) -> Message:
        return queries.ListSessionsResponse(sessions=[self._session()])

    def _get_session(self, _client: str, request: Message) -> Message:
        assert isinstance(request, sessions.GetSessionRequest)
        self._check(request.name)
        open_orders = sum(1 for _ in self._ledger.open_orders())
        return sessions.GetSessionResponse(session=self._session(), open_orders=open_orders)

    def _log_on(self, client: str, request: Message) -> Message:
        assert isinstance(request, sessions.LogonSessionRequest)
        self._check(request.name)
        lsn = self._control(client, request.note, SessionAction.LOGON, enabled=True)
        return sessions.LogonSessionResponse(lsn=lsn, session=self._session())

    def _log_out(self, client: str, request: Message) -> Message:
        assert isinstance(request, sessions.LogoutSessionRequest)
        self._check(request.name)
        lsn = self._control(client, request.note, SessionAction.LOGOUT, enabled=False)
        return sessions.LogoutSessionResponse(lsn=lsn, session=self._session())

    def _control(
        self, client: str, note: sessions.OperatorNote, action: SessionAction, *, enabled: bool
    ) -> int:
        if not note.reason.strip():
            raise failure(grpc.StatusCode.INVALID_ARGUMENT, "expected a reason, which the journal keeps")
        controlled = events.SessionControlled(
            session=self._ledger.venue,
            action=enumerator(action),
            changed_by=f"{client}/{note.person}" if note.person else client,
            reason=note.reason,
        )
        lsn = self._ledger.record(events.Event(session_controlled=controlled))
        self._enabled = enabled
        state = SessionState.READY if enabled else SessionState.DISCONNECTED
        if self.state is not state:
            self.change(state, note.reason)
        return lsn

    def _check(self, name: str) -> None:
        if name != self._ledger.venue:
            raise failure(
                grpc.StatusCode.NOT_FOUND,
                f"no session is called {name!r}; the fake gateway has one, {self._ledger.venue!r}",
            )
