"""What is about positions as a whole, of the blocking client."""

from collections.abc import Sequence

from gateway.client.blocking_calls import BlockingCalls
from gateway.client.decimals import Number
from gateway.client.enums import PositionGroup
from gateway.client.model import PositionSums, Rate
from gateway.client.position_load import PositionsLoaded, StartOfDayPosition

__all__ = ["BlockingPortfolio"]


class BlockingPortfolio(BlockingCalls):
    """Sums and rates, as of PortfolioCalls."""

    def position_sums(self, group_by: Sequence[PositionGroup] = (), account: str = "") -> PositionSums:
        """Sum positions up, by any combination of groups."""
        return self._run(self._client.position_sums(group_by, account))

    def set_rate(
        self, from_currency: str, to_currency: str, rate: Number, *, source: str, as_of_ns: int
    ) -> int:
        """Set what one unit of a currency is worth in another."""
        return self._run(
            self._client.set_rate(from_currency, to_currency, rate, source=source, as_of_ns=as_of_ns)
        )

    def rates(self) -> list[Rate]:
        """List the rates in force."""
        return self._run(self._client.rates())

    def load_positions(
        self, batch_id: str, positions: Sequence[StartOfDayPosition], reason: str
    ) -> PositionsLoaded:
        """Set positions at the start of the day, once for each `batch_id`."""
        return self._run(self._client.load_positions(batch_id, positions, reason))
