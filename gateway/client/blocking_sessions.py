"""Control of FIX sessions, of the blocking client."""

from collections.abc import Sequence

from gateway.client.blocking_calls import BlockingCalls
from gateway.client.enums import MessageDirection
from gateway.client.session_model import (
    ConfigurationChange,
    SessionDetail,
    SessionMessage,
    SessionResult,
)

__all__ = ["BlockingSessions"]


class BlockingSessions(BlockingCalls):
    """Control of sessions, as of SessionCalls."""

    def session(self, name: str) -> SessionDetail:
        """Get one session, its open orders and its windows."""
        return self._run(self._client.session(name))

    def logon_session(self, name: str, reason: str, *, person: str = "") -> SessionResult:
        """Let a session connect again that was logged out."""
        return self._run(self._client.logon_session(name, reason, person=person))

    def logout_session(self, name: str, reason: str, *, person: str = "") -> SessionResult:
        """Log a session out and keep it out."""
        return self._run(self._client.logout_session(name, reason, person=person))

    def set_sequence_numbers(
        self, name: str, reason: str, *, next_in: int = 0, next_out: int = 0, person: str = ""
    ) -> SessionResult:
        """Set the next sequence numbers of a session; 0 leaves one."""
        return self._run(
            self._client.set_sequence_numbers(name, reason, next_in=next_in, next_out=next_out, person=person)
        )

    def reset_session(
        self, name: str, reason: str, *, force: bool = False, person: str = ""
    ) -> SessionResult:
        """Start both sequences anew."""
        return self._run(self._client.reset_session(name, reason, force=force, person=person))

    def add_session(
        self, settings_yaml: str, reason: str, *, venues: Sequence[str] = (), person: str = ""
    ) -> SessionResult:
        """Add a session."""
        return self._run(self._client.add_session(settings_yaml, reason, venues=venues, person=person))

    def change_session(
        self, settings_yaml: str, reason: str, *, force: bool = False, person: str = ""
    ) -> SessionResult:
        """Give a session other settings."""
        return self._run(self._client.change_session(settings_yaml, reason, force=force, person=person))

    def remove_session(
        self, name: str, reason: str, *, force: bool = False, person: str = ""
    ) -> SessionResult:
        """Log a session out and take it away."""
        return self._run(self._client.remove_session(name, reason, force=force, person=person))

    def session_messages(
        self, name: str, *, direction: MessageDirection | None = None, limit: int | None = 100
    ) -> list[SessionMessage]:
        """List a session's FIX messages, newest first."""
        return self._run(self._client.session_messages(name, direction=direction, limit=limit))

    def reload_configuration(
        self, reason: str, *, dry_run: bool = False, force: bool = False, person: str = ""
    ) -> list[ConfigurationChange]:
        """Have the configuration file read again."""
        return self._run(
            self._client.reload_configuration(reason, dry_run=dry_run, force=force, person=person)
        )
