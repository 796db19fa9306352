"""The audit trail of calls: who called from where, when, for what, and what was refused.

Orders and cancels are events of their own and name their client; where they come from is told for each connection, and
again where a client's commands come from another one than its last (`ClientConnected`, see `origins`). Everything else
that changes something is recorded call by call, also where nobody waits for the answer any more, or where it failed
after a part of it was done. Refused calls that changed nothing are recorded at a bounded rate for each client, and one
for all who prove to be none; what was left out is counted in the next one: a flood of them neither fills the journal
nor hides what others do.
"""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict
from collections.abc import Callable

from google.protobuf import text_format
from google.protobuf.message import Message

from gateway.api.core_port import Core
from gateway.api.errors import STATUS, ApiError, Problem
from gateway.api.rate import TokenBucket

__all__ = ["CallRecord", "changes_something", "is_recorded"]

_log = logging.getLogger(__name__)

_READS = ("Check", "Get", "List", "Query", "Summarize", "Watch")
_COMMANDS = ("gateway.v1.OrderEntry.", "gateway.v1.Operations.CancelOrders")
_REQUEST_TEXT_MAX = 512
_REASON_MAX = 256
_REQUEST_BYTES_SHOWN_MAX = 4096
_CONNECTIONS_KNOWN_MAX = 4096
_REFUSALS_A_SECOND = 5.0
_REFUSALS_AT_ONCE = 50.0
_HIDDEN_FIELDS = ("settings_yaml",)
"""They may hold a secret that should not have been in them."""
_ALWAYS_RECORDED = frozenset(
    {Problem.PERMISSION_DENIED, Problem.NO_IDENTITY, Problem.UNKNOWN_CLIENT, Problem.BAD_PROOF}
)


def changes_something(method: str) -> bool:
    """Tell whether calls of a method, by its full name, are recorded one by one."""
    return not method.startswith(_COMMANDS) and not method.rpartition(".")[2].startswith(_READS)


def is_recorded(method: str, request: Message | None) -> bool:
    """Commands name their client in the events that they make; one that reaches other clients' orders does not."""
    return changes_something(method) or bool(
        getattr(request, "any_client", False) and _takes_commands(method)
    )


def _takes_commands(method: str) -> bool:
    return method.startswith(_COMMANDS)


class CallRecord:
    """Writes to the journal. For one thread."""

    def __init__(self, core: Core, identity: str, monotonic_s: Callable[[], float]) -> None:
        self._core = core
        self._identity = identity
        self._monotonic_s = monotonic_s
        self._refusals: dict[str, TokenBucket] = {}
        self._unrecorded = 0
        self._known: OrderedDict[tuple[str, str], str] = OrderedDict()
        """The method that each connection began with."""
        self._last_peers: dict[str, str] = {}
        """Where the newest `ClientConnected` of each client said that it is."""
        self.on_threads: Counter[str] = Counter()
        """Commands of each client that are being decided on threads, all from its last address."""

    def begun(self, client: str, peer: str, method: str) -> None:
        """Take note of a call that has passed the door."""
        if not _takes_commands(method):
            return
        key = (client, peer)
        if key in self._known:
            self._known.move_to_end(key)
            return
        self._known[key] = method
        if len(self._known) > _CONNECTIONS_KNOWN_MAX:
            self._known.popitem(last=False)
        if not self.on_threads[client]:  # else it is told before the first command from here
            self._connected(client, peer, method)

    def comes_from(self, client: str, peer: str) -> bool:
        """Tell whether the journal says of a client that its commands come from this address."""
        return self._last_peers.get(client) == peer

    def moved(self, client: str, peer: str) -> None:
        """Say that what a client sends from now on comes from this address."""
        self._connected(client, peer, self._known.get((client, peer), ""))

    def done(self, client: str, peer: str, method: str, request: Message, reason: str = "") -> None:
        """Record a call that was done, where it changes something; `reason` where the answer reached nobody."""
        if is_recorded(method, request):
            self._record(client, peer, method, request, "OK", reason)

    def refused(self, client: str, peer: str, method: str, request: Message | None, error: ApiError) -> None:
        """Record a call that was not, where it would have changed something or had no right; at a bounded rate, unless
        a part of it was done.
        """
        if error.problem not in _ALWAYS_RECORDED and not is_recorded(method, request):
            return
        if not error.partly_done and not self._may_record(client):
            self._unrecorded += 1
            return
        self._record(client, peer, method, request, STATUS[error.problem].name, error.text[:_REASON_MAX])

    def ended(self, client: str, peer: str, reason: str) -> None:
        """Record that a stream of commands has ended."""
        self._known.pop((client, peer), None)
        self._core.record_disconnected(client=client, peer=peer, reason=reason[:_REASON_MAX])

    def _connected(self, client: str, peer: str, method: str) -> None:
        self._last_peers[client] = peer
        self._core.record_connected(client=client, peer=peer, identity=self._identity, method=method)

    def _may_record(self, client: str) -> bool:
        # As many as there are clients: whoever proves to be none is "".
        bucket = self._refusals.get(client)
        if bucket is None:
            bucket = TokenBucket(_REFUSALS_A_SECOND, _REFUSALS_AT_ONCE, self._monotonic_s)
            self._refusals[client] = bucket
        return bucket.take()

    def _record(
        self, client: str, peer: str, method: str, request: Message | None, status: str, reason: str
    ) -> None:
        lsn = self._core.record_call(
            client=client,
            peer=peer,
            method=method,
            request=_text(request),
            status=status,
            reason=reason,
            unrecorded=self._unrecorded,
        )
        if lsn:
            self._unrecorded = 0
        else:  # the journal cannot take it
            self._unrecorded += 1
            _log.error("not in the journal: %s of %r from %s: %s %s", method, client, peer, status, reason)


def _text(request: Message | None) -> str:
    if request is None:
        return ""
    if request.ByteSize() > _REQUEST_BYTES_SHOWN_MAX:
        return f"({request.ByteSize()} bytes)"
    shown = type(request)()
    shown.CopyFrom(request)
    for name in _HIDDEN_FIELDS:
        if name in shown.DESCRIPTOR.fields_by_name:
            setattr(shown, name, f"({len(getattr(shown, name))} characters)")
    text = text_format.MessageToString(shown, as_one_line=True, as_utf8=False)
    return text if len(text) <= _REQUEST_TEXT_MAX else f"{text[:_REQUEST_TEXT_MAX]}..."
