"""Prices: what sources set goes in, quotes come out."""

from gateway.api.call import Call, Context
from gateway.api.core_port import Core
from gateway.api.errors import ApiError, Problem
from gateway.api.invalid import invalid
from gateway.api.off_loop import OffLoop
from gateway.api.quotes import Quotes
from gateway.api.views import time_ns
from gateway.core._core import CoreError
from gateway.v1 import control_pb2 as control
from gateway.v1 import events_pb2 as events

__all__ = ["MarketData"]

_PRICES_MAX = 1024


class MarketData:
    """Reference prices and rates between currencies in, quotes out."""

    def __init__(self, core: Core, off_loop: OffLoop, quotes: Quotes) -> None:
        self._core = core
        self._off_loop = off_loop
        self._quotes = quotes

    async def list_quotes(self, call: Call, request: control.ListQuotesRequest) -> control.ListQuotesResponse:
        """List what is known of each instrument's market."""
        return await self._off_loop(lambda: self._quotes.list_quotes(request))

    async def watch_quotes(self, call: Call, request: control.WatchQuotesRequest, context: Context) -> None:
        """Send quotes, and each again when something of it was set."""
        await self._quotes.watch_quotes(call, request, context)

    async def list_reference_prices(self, call: Call, request: control.ListReferencePricesRequest) -> bytes:
        """List every reference price."""
        return self._core.reference_prices()

    async def set_reference_prices(
        self, call: Call, request: control.SetReferencePricesRequest
    ) -> control.SetReferencePricesResponse:
        """Set reference prices in order; at the first that cannot be set the call fails, those before it
        stand.
        """
        if not 1 <= len(request.prices) <= _PRICES_MAX:
            raise ApiError(
                Problem.INVALID_ARGUMENT,
                f"expected 1 to {_PRICES_MAX} prices, were {len(request.prices)}",
                field="prices",
            )
        return control.SetReferencePricesResponse(lsn=await self._off_loop(lambda: self._set(request)))

    def _set(self, request: control.SetReferencePricesRequest) -> int:
        lsn = 0
        for index, price in enumerate(request.prices):
            try:
                lsn = self._core.set_references(price.SerializeToString())
            except KeyError as error:
                raise ApiError(
                    Problem.NOT_FOUND,
                    f"prices[{index}]: no instrument {price.instrument!r} is configured",
                    field=f"prices[{index}].instrument",
                    partly_done=index > 0,
                ) from error
            except ValueError as error:
                where = f"prices[{index}] ({price.instrument})"
                path = f"prices[{index}]."
                raise invalid(error, price, "price", path=path, where=where, partly=index > 0) from error
            except CoreError as error:
                raise ApiError(Problem.CORE_FAILED, str(error), partly_done=index > 0) from error
        return lsn

    async def set_rates(self, call: Call, request: control.SetRatesRequest) -> control.SetRatesResponse:
        """Set rates in order; at the first that cannot be set the call fails, those before it stand."""
        if not 1 <= len(request.rates) <= _PRICES_MAX:
            raise ApiError(
                Problem.INVALID_ARGUMENT,
                f"expected 1 to {_PRICES_MAX} rates, were {len(request.rates)}",
                field="rates",
            )
        times_ns = [_good_since_ns(rate, f"rates[{index}].") for index, rate in enumerate(request.rates)]
        return control.SetRatesResponse(lsn=await self._off_loop(lambda: self._set_rates(request, times_ns)))

    def _set_rates(self, request: control.SetRatesRequest, times_ns: list[int]) -> int:
        lsn = 0
        for index, (rate, as_of_ns) in enumerate(zip(request.rates, times_ns, strict=True)):
            try:
                lsn = self._core.set_rate(
                    rate.from_currency, rate.to_currency, rate.rate, rate.source, as_of_ns
                )
            except ValueError as error:
                where = f"rates[{index}] ({rate.from_currency}/{rate.to_currency})"
                path = f"rates[{index}]."
                raise invalid(
                    error, rate, "from_currency", path=path, where=where, partly=index > 0
                ) from error
            except CoreError as error:
                raise ApiError(Problem.CORE_FAILED, str(error), partly_done=index > 0) from error
        return lsn

    async def list_rates(self, call: Call, request: control.ListRatesRequest) -> bytes:
        """List every rate in force."""
        return await self._off_loop(self._core.rates)

    async def set_market_phase(
        self, call: Call, request: control.SetMarketPhaseRequest
    ) -> control.SetMarketPhaseResponse:
        """Say in which phase of its day a venue or instrument is."""
        client = call.caller.client
        try:
            lsn = await self._off_loop(
                lambda: self._core.set_market_phase(request.level, request.phase, request.reason, client)
            )
        except KeyError as error:
            raise ApiError(Problem.NOT_FOUND, str(error.args[0]), field="level") from error
        except ValueError as error:
            raise ApiError(Problem.INVALID_ARGUMENT, str(error), field="phase") from error
        return control.SetMarketPhaseResponse(lsn=lsn)

    async def list_market_phases(self, call: Call, request: control.ListMarketPhasesRequest) -> bytes:
        """List every phase that was said."""
        return await self._off_loop(self._core.market_phases)


def _good_since_ns(rate: events.RateSet, path: str) -> int:
    if not rate.HasField("as_of"):
        raise ApiError(
            Problem.INVALID_ARGUMENT,
            f"{path}as_of: expected when the rate was good, was none; nothing was set",
            field=f"{path}as_of",
        )
    return time_ns(rate, "as_of", path)
