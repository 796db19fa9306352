"""What operators decide about orders and positions."""

from gateway.api.call import Call
from gateway.api.core_port import Core
from gateway.api.errors import ApiError, Problem
from gateway.api.queries import OffLoop
from gateway.v1 import operations_pb2 as operations

__all__ = ["Operations"]

_REASON_BYTES_MAX = 256


class Operations:
    """Decisions about orders in doubt, and changes of positions that no execution made."""

    def __init__(self, core: Core, off_loop: OffLoop) -> None:
        self._core = core
        self._off_loop = off_loop

    async def resolve_order(
        self, call: Call, request: operations.ResolveOrderRequest
    ) -> operations.ResolveOrderResponse:
        """End the doubt about an order."""
        _check_reason(request.reason)
        try:
            lsn, status = await self._off_loop(
                lambda: self._core.resolve_order(
                    request.order_id,
                    request.outcome,
                    request.cum_quantity,
                    request.average_price,
                    request.reason,
                    call.caller.client,
                )
            )
        except KeyError as error:
            raise ApiError(Problem.NOT_FOUND, f"there is no order {request.order_id}") from error
        except IndexError as error:
            raise ApiError(Problem.FAILED_PRECONDITION, str(error)) from error
        except ValueError as error:
            raise ApiError(Problem.INVALID_ARGUMENT, str(error)) from error
        return operations.ResolveOrderResponse(lsn=lsn, status=status)  # type: ignore[arg-type]

    async def cancel_orders(
        self, call: Call, request: operations.CancelOrdersRequest
    ) -> operations.CancelOrdersResponse:
        """Cancel the calling client's open orders that fit."""
        cancels = await self._off_loop(
            lambda: self._core.cancel_orders(
                call.caller.client, request.account, request.strategy, request.instrument
            )
        )
        return operations.CancelOrdersResponse(cancels_sent=cancels)

    async def adjust_position(
        self, call: Call, request: operations.AdjustPositionRequest
    ) -> operations.AdjustPositionResponse:
        """Set a position at the start of the day, or correct it."""
        _check_reason(request.reason)
        try:
            lsn = await self._off_loop(
                lambda: self._core.adjust_position(
                    request.kind,
                    request.account,
                    request.strategy,
                    request.instrument,
                    request.quantity,
                    request.price,
                    request.reason,
                    call.caller.client,
                )
            )
        except KeyError as error:
            raise ApiError(
                Problem.NOT_FOUND,
                f"expected a configured account and instrument, were {request.account!r} and "
                f"{request.instrument!r}",
            ) from error
        except ValueError as error:
            raise ApiError(Problem.INVALID_ARGUMENT, str(error)) from error
        return operations.AdjustPositionResponse(lsn=lsn)


def _check_reason(reason: str) -> None:
    if not 1 <= len(reason.encode()) <= _REASON_BYTES_MAX:
        raise ApiError(
            Problem.INVALID_ARGUMENT,
            f"expected a reason of 1 to {_REASON_BYTES_MAX} bytes: it is kept in the journal",
        )
