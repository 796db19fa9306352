"""How an operator controls FIX sessions."""

from collections.abc import Sequence
from typing import Any

from google.protobuf.message import Message

from gateway.client.decode import decode
from gateway.client.enums import MessageDirection
from gateway.client.proto_enums import enumerator
from gateway.client.query_calls import QueryCalls
from gateway.client.session_model import (
    ConfigurationChange,
    SessionDetail,
    SessionMessage,
    SessionResult,
)
from gateway.v1 import sessions_pb2 as sessions

__all__ = ["SessionCalls"]

_SESSIONS = sessions.DESCRIPTOR.services_by_name["Sessions"]


class SessionCalls(QueryCalls):
    """Control of sessions. All of them raise UnavailableError and RefusedError, and but for `session` take the right
    admin. `reason` is kept in the journal, beside the client and the `person` that it names.
    """

    async def session(self, name: str) -> SessionDetail:
        """Get one session, its open orders and its windows. Raises RefusedError (NOT_FOUND)."""
        request = sessions.GetSessionRequest(name=name)
        response = await self._connected().call(_SESSIONS, "GetSession", request, sessions.GetSessionResponse)
        return decode(SessionDetail, response)

    async def logon_session(self, name: str, reason: str, *, person: str = "") -> SessionResult:
        """Let a session connect again that was logged out."""
        request = sessions.LogonSessionRequest(name=name, note=_note(reason, person))
        return await self._change("LogonSession", request, sessions.LogonSessionResponse)

    async def logout_session(self, name: str, reason: str, *, person: str = "") -> SessionResult:
        """Log a session out and keep it out until `logon_session`, over restarts as well."""
        request = sessions.LogoutSessionRequest(name=name, note=_note(reason, person))
        return await self._change("LogoutSession", request, sessions.LogoutSessionResponse)

    async def set_sequence_numbers(
        self, name: str, reason: str, *, next_in: int = 0, next_out: int = 0, person: str = ""
    ) -> SessionResult:
        """Set the next sequence numbers of a session that is not logged on; 0 leaves one. `next_out` may be raised
        while it is.
        """
        request = sessions.SetSequenceNumbersRequest(
            name=name, next_in=next_in, next_out=next_out, note=_note(reason, person)
        )
        return await self._change("SetSequenceNumbers", request, sessions.SetSequenceNumbersResponse)

    async def reset_session(
        self, name: str, reason: str, *, force: bool = False, person: str = ""
    ) -> SessionResult:
        """Start both sequences anew by a Logon with ResetSeqNumFlag; what was not yet resent is lost.

        `force` also with open orders, whose reports would not be resent any more.
        """
        request = sessions.ResetSessionRequest(name=name, force=force, note=_note(reason, person))
        return await self._change("ResetSession", request, sessions.ResetSessionResponse)

    async def add_session(
        self, settings_yaml: str, reason: str, *, venues: Sequence[str] = (), person: str = ""
    ) -> SessionResult:
        """Add a session, as an entry of `sessions` stands in the configuration file; `venues` lead to it then."""
        request = sessions.AddSessionRequest(
            settings_yaml=settings_yaml, venues=venues, note=_note(reason, person)
        )
        return await self._change("AddSession", request, sessions.AddSessionResponse)

    async def change_session(
        self, settings_yaml: str, reason: str, *, force: bool = False, person: str = ""
    ) -> SessionResult:
        """Give the session that the entry names other settings; one that is logged on comes back with them.

        `force` also another counterparty or role, which the sequence numbers do not belong to.
        """
        request = sessions.ChangeSessionRequest(
            settings_yaml=settings_yaml, force=force, note=_note(reason, person)
        )
        return await self._change("ChangeSession", request, sessions.ChangeSessionResponse)

    async def remove_session(
        self, name: str, reason: str, *, force: bool = False, person: str = ""
    ) -> SessionResult:
        """Log a session out and take it away; the journal keeps its sequence numbers. `force` also with open orders."""
        request = sessions.RemoveSessionRequest(name=name, force=force, note=_note(reason, person))
        return await self._change("RemoveSession", request, sessions.RemoveSessionResponse)

    async def session_messages(
        self, name: str, *, direction: MessageDirection | None = None, limit: int | None = 100
    ) -> list[SessionMessage]:
        """List a session's FIX messages, newest first, secrets blanked; all of them where `limit` is None."""
        request = sessions.ListSessionMessagesRequest(
            name=name,
            direction=enumerator(direction) if direction else None,
        )
        found = await self._pages(
            _SESSIONS, "ListSessionMessages", request, sessions.ListSessionMessagesResponse, "messages", limit
        )
        return [decode(SessionMessage, message) for message in found]

    async def reload_configuration(
        self, reason: str, *, dry_run: bool = False, force: bool = False, person: str = ""
    ) -> list[ConfigurationChange]:
        """Have the configuration file read again, and tell what differed; with `dry_run` what would change.

        `force` also removes sessions with open orders, and lets sessions change their counterparty.
        """
        request = sessions.ReloadConfigurationRequest(
            dry_run=dry_run, force=force, note=_note(reason, person)
        )
        response = await self._connected().call(
            _SESSIONS, "ReloadConfiguration", request, sessions.ReloadConfigurationResponse
        )
        return [decode(ConfigurationChange, change) for change in response.changes]

    async def _change(self, method: str, request: Message, response_type: type[Any]) -> SessionResult:
        response = await self._connected().call(_SESSIONS, method, request, response_type)
        return decode(SessionResult, response)


def _note(reason: str, person: str) -> sessions.OperatorNote:
    return sessions.OperatorNote(reason=reason, person=person)
