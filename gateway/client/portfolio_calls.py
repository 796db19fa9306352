"""What positions come to: sums of them, and the rates by which they are told in one currency."""

from collections.abc import Sequence

from gateway.client.calls import Calls
from gateway.client.decimals import Number, to_text
from gateway.client.decode import decode
from gateway.client.enums import PositionGroup
from gateway.client.model import PositionSums, Rate
from gateway.client.position_load import PositionsLoaded, StartOfDayPosition, encode_position
from gateway.client.proto_enums import enumerators
from gateway.v1 import control_pb2 as control
from gateway.v1 import events_pb2 as events
from gateway.v1 import operations_pb2 as operations
from gateway.v1 import queries_pb2 as queries

__all__ = ["PortfolioCalls"]

_POSITIONS = queries.DESCRIPTOR.services_by_name["Positions"]
_OPERATIONS = operations.DESCRIPTOR.services_by_name["Operations"]
_MARKET_DATA = control.DESCRIPTOR.services_by_name["MarketData"]


class PortfolioCalls(Calls):
    """What is about positions as a whole. All of them raise UnavailableError and RefusedError."""

    async def position_sums(self, group_by: Sequence[PositionGroup] = (), account: str = "") -> PositionSums:
        """Sum positions up, by any combination of groups; one sum over all where none is given.

        A rate that is missing or stale is shown as such; a missing one leaves the total empty.
        """
        request = queries.SummarizePositionsRequest(
            group_by=enumerators(group_by),
            account=account,
        )
        response = await self._connected().call(
            _POSITIONS, "SummarizePositions", request, queries.SummarizePositionsResponse
        )
        return decode(PositionSums, response)

    async def load_positions(
        self, batch_id: str, positions: Sequence[StartOfDayPosition], reason: str
    ) -> PositionsLoaded:
        """Set positions at the start of the day, once for each `batch_id`, however often it is called. Takes the right
        admin.

        Raises RefusedError that names the first position that cannot be set; those before it stand, and the same call,
        once that is right, goes on behind them where nothing else differs.
        """
        request = operations.LoadPositionsRequest(
            batch_id=batch_id, positions=[encode_position(each) for each in positions], reason=reason
        )
        response = await self._connected().call(
            _OPERATIONS, "LoadPositions", request, operations.LoadPositionsResponse
        )
        return decode(PositionsLoaded, response)

    async def set_rate(
        self, from_currency: str, to_currency: str, rate: Number, *, source: str, as_of_ns: int
    ) -> int:
        """Set what one unit of a currency is worth in another; the lsn that records it."""
        entry = events.RateSet(
            from_currency=from_currency, to_currency=to_currency, rate=to_text(rate, "rate"), source=source
        )
        entry.as_of.FromNanoseconds(as_of_ns)
        request = control.SetRatesRequest(rates=[entry])
        response = await self._connected().call(_MARKET_DATA, "SetRates", request, control.SetRatesResponse)
        return response.lsn

    async def rates(self) -> list[Rate]:
        """List the rates in force."""
        response = await self._connected().call(
            _MARKET_DATA, "ListRates", control.ListRatesRequest(), control.ListRatesResponse
        )
        return [decode(Rate, rate) for rate in response.rates]
