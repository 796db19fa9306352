"""What a script has a fake gateway itself do: deny, limit, change its session, forget, repeat."""

from collections.abc import Mapping

import grpc.aio

from gateway.client.decimals import Number, to_text
from gateway.client.enums import DenialCode, SessionState
from gateway.client.limits import Limit, encode_limit
from gateway.client.proto_enums import enumerator
from gateway.client.testing.fake_order import ScriptError
from gateway.client.testing.fake_state import FakeState
from gateway.v1 import analytics_pb2 as analytics
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import types_pb2 as types

__all__ = ["FakeControl"]


class FakeControl(FakeState):
    """The gateway's own doing."""

    def deny_next(
        self,
        code: DenialCode,
        *,
        orders: int = 1,
        limit_name: str = "",
        level: str = "",
        observed: str = "",
        allowed: str = "",
    ) -> None:
        """Deny so many new orders from now on."""
        denial = types.Denial(
            code=enumerator(code),
            limit_name=limit_name,
            level=level,
            observed=observed,
            allowed=allowed,
        )
        self._denials += [denial] * orders

    def set_session_state(self, state: SessionState, reason: str = "") -> None:
        """Change the state of the session to the venue; new orders are denied unless it is READY."""
        with self._ledger.lock:
            self._desk.sessions.change(state, reason)
        self._wake()

    def set_limits(self, *limits: Limit) -> None:
        """Put these limits in force in place of all others, as an operator would.

        Played are limits of one level that deny: on an order's quantity and notional, on open orders and on positions.
        Raises ScriptError for others; `deny_next` scripts what those would do.
        """
        with self._ledger.lock:
            try:
                changes = self._desk.risk.limits.change(map(encode_limit, limits), (), replace_all=True)
            except grpc.aio.AioRpcError as error:
                raise ScriptError(error.details() or "") from error
            self._desk.risk.limits.take(changes)

    def require_approval(self, required: bool = True) -> None:
        """Have each change of limits that a client asks for wait until another client approves it, from now on."""
        with self._ledger.lock:
            self._desk.risk.approvals.required = required

    def show_analytics(self, currency: str, **levels: Mapping[str, Number]) -> None:
        """Show portfolio analytics: figures as LevelAnalytics has them, of "firm" or, with a colon for its `__`, of
        another level: `show_analytics("USD", firm={"drawdown": 5}, account__A1={"net_exposure": "100.00"})`.
        """
        shown = [
            analytics.LevelAnalytics(
                level=level.replace("__", ":"),
                **{name: to_text(value, name) for name, value in figures.items()},  # type: ignore[arg-type]  # names of figures
            )
            for level, figures in levels.items()
        ]
        with self._ledger.lock:
            made = analytics.GetAnalyticsResponse(currency=currency, levels=shown)
            made.time.FromNanoseconds(self.now_ns())
            self._desk.risk.analytics = made

    def forget_events(self) -> None:
        """Let go of the journal so far: who resumes from before gets EventsLostError."""
        with self._ledger.lock:
            self._ledger.oldest_lsn = self._ledger.lsn + 1

    def repeat_events(self, count: int) -> None:
        """Send the newest events again over the streams that are open, as no gateway should."""
        with self._ledger.lock:
            for stream in list(self._streams):
                everything = order_entry.Subscription()
                newest, _ = self._ledger.events_after(stream.client, 0, self._ledger.lsn, everything)
                stream.send_again(newest[-count:])
