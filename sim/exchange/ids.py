"""Names for orders, executions and trades."""

from sim.config.venue import IdFormats

__all__ = ["Ids"]


class Ids:
    """Counters behind a prefix.

    A simulator that forgot everything must not hand out an ExecID(17) again, since a client that keeps its
    records would take the new fill for an old one. So the prefix differs from run to run. A venue whose ids are
    unique within a day only gives the same ones again, and so may formats without a prefix.
    """

    def __init__(self, prefix: str, formats: IdFormats | None = None) -> None:
        self.prefix = prefix
        self._formats = formats or IdFormats()
        self._orders = 0
        self._executions = 0
        self._trades = 0
        self._reports = 0

    def new_day(self) -> None:
        if self._formats.restart == "day":
            self._executions = self._trades = 0

    def order(self) -> str:
        self._orders += 1
        return self._formats.order.format(prefix=self.prefix, n=self._orders)

    def execution(self) -> str:
        self._executions += 1
        return self._formats.execution.format(prefix=self.prefix, n=self._executions)

    def trade(self) -> str:
        self._trades += 1
        return self._formats.trade.format(prefix=self.prefix, n=self._trades)

    def report(self) -> str:
        """Name a report that is no execution: of a position, a trade, a list."""
        self._reports += 1
        return f"{self.prefix}-R{self._reports}"
