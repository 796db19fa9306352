"""The streams of what changes, of the blocking client."""

from collections.abc import Sequence

from gateway.client.blocking_calls import BlockingCalls
from gateway.client.blocking_streams import BlockingWatch
from gateway.client.enums import ExecType
from gateway.client.events import ExecutionReported
from gateway.client.model import Order, Position
from gateway.client.references import Quote

__all__ = ["BlockingWatches"]


class BlockingWatches(BlockingCalls):
    """Streams, as of WatchCalls."""

    def watch_orders(
        self,
        *,
        account: str = "",
        strategy: str = "",
        instrument: str = "",
        open_only: bool = False,
        any_client: bool = False,
        client: str = "",
        after_lsn: int = 0,
        journal: str = "",
    ) -> BlockingWatch[Order]:
        """Follow orders: each as it is, then again whenever it changes."""
        watch = self._client.watch_orders(
            account=account,
            strategy=strategy,
            instrument=instrument,
            open_only=open_only,
            any_client=any_client,
            client=client,
            after_lsn=after_lsn,
            journal=journal,
        )
        return self._watching(watch)

    def watch_executions(
        self,
        *,
        account: str = "",
        strategy: str = "",
        instrument: str = "",
        exec_types: Sequence[ExecType] = (),
        any_client: bool = False,
        client: str = "",
        after_lsn: int | None = None,
        journal: str = "",
    ) -> BlockingWatch[ExecutionReported]:
        """Follow what venues report on the client's orders."""
        watch = self._client.watch_executions(
            account=account,
            strategy=strategy,
            instrument=instrument,
            exec_types=exec_types,
            any_client=any_client,
            client=client,
            after_lsn=after_lsn,
            journal=journal,
        )
        return self._watching(watch)

    def watch_positions(
        self, *, account: str = "", strategy: str = "", instrument: str = ""
    ) -> BlockingWatch[Position]:
        """Follow positions: each as it is, then again when it has changed."""
        watch = self._client.watch_positions(account=account, strategy=strategy, instrument=instrument)
        return self._watching(watch)

    def watch_quotes(self, *instruments: str, after_lsn: int = 0, journal: str = "") -> BlockingWatch[Quote]:
        """Follow quotes: each as it is, then again when something of it was set."""
        return self._watching(self._client.watch_quotes(*instruments, after_lsn=after_lsn, journal=journal))
