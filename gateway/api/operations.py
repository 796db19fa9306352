"""What operators decide about orders and positions."""

from gateway.api.call import Call
from gateway.api.cancel_orders import cancel_orders
from gateway.api.core_port import Core
from gateway.api.errors import ApiError, Problem
from gateway.api.invalid import invalid
from gateway.api.off_loop import OffLoop
from gateway.api.origins import Origins
from gateway.api.position_batches import load_positions
from gateway.api.rights import Caller
from gateway.api.views import view_of
from gateway.v1 import operations_pb2 as operations
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import types_pb2 as types

__all__ = ["Operations"]

_REASON_BYTES_MAX = 256


class Operations:
    """Decisions about orders in doubt, and changes of positions that no execution made."""

    def __init__(self, core: Core, off_loop: OffLoop, origins: Origins) -> None:
        self._core = core
        self._off_loop = off_loop
        self._origins = origins

    async def resolve_order(
        self, call: Call, request: operations.ResolveOrderRequest
    ) -> operations.ResolveOrderResponse:
        """End the doubt about an order of the caller's accounts, whichever client sent it."""
        _check_reason(request.reason)
        if not self._is_reachable(call.caller, request.order_id):
            raise _no_order(request.order_id)
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
            raise _no_order(request.order_id) from error
        except IndexError as error:
            raise ApiError(Problem.FAILED_PRECONDITION, str(error)) from error
        except ValueError as error:
            raise invalid(error, request, "outcome") from error
        return operations.ResolveOrderResponse(lsn=lsn, status=status)  # type: ignore[arg-type]

    async def cancel_orders(
        self, call: Call, request: operations.CancelOrdersRequest
    ) -> operations.CancelOrdersResponse:
        """Cancel the calling client's open orders that fit, or those of others that the caller may reach."""

        def cancel() -> operations.CancelOrdersResponse:
            return cancel_orders(self._core, call.caller, request)

        if request.any_client:  # the call itself is in the journal, with its address
            return await self._off_loop(cancel)
        return await self._origins.decide_off_loop(call.caller.client, call.peer, cancel)

    async def adjust_position(
        self, call: Call, request: operations.AdjustPositionRequest
    ) -> operations.AdjustPositionResponse:
        """Set a position of the caller's accounts at the start of the day, or correct it."""
        _check_reason(request.reason)
        if not call.caller.may_use(request.account, request.strategy):
            raise _no_position(request)
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
                    charges=[(each.kind, each.amount, each.currency, each.type) for each in request.charges],
                )
            )
        except KeyError as error:
            raise _no_position(request) from error
        except ValueError as error:
            raise invalid(error, request, "quantity") from error
        return operations.AdjustPositionResponse(lsn=lsn)

    async def load_positions(
        self, call: Call, request: operations.LoadPositionsRequest
    ) -> operations.LoadPositionsResponse:
        """Set positions of the caller's accounts at the start of the day, once for each batch_id."""
        _check_reason(request.reason)
        for index, position in enumerate(request.positions):
            if not call.caller.may_use(position.account, position.strategy):
                raise ApiError(
                    Problem.NOT_FOUND,
                    f"positions[{index}]: account {position.account!r} and strategy {position.strategy!r} are not the "
                    "caller's; nothing of this file was loaded",
                )
        return await self._off_loop(lambda: load_positions(self._core, request, call.caller.client))

    async def split_positions(
        self, call: Call, request: operations.SplitPositionsRequest
    ) -> operations.SplitPositionsResponse:
        """Split every position of an instrument, where all of them are of the caller's accounts and strategies."""
        _check_reason(request.reason)
        try:
            done = await self._off_loop(lambda: self._split(call.caller, request))
        except KeyError as error:
            raise ApiError(
                Problem.NOT_FOUND, f"expected a configured instrument, was {request.instrument!r}"
            ) from error
        except ValueError as error:
            raise invalid(error, request, "new_units") from error
        except IndexError as error:
            raise ApiError(Problem.FAILED_PRECONDITION, str(error)) from error
        if done is None:
            return operations.SplitPositionsResponse(done_before=True)
        return operations.SplitPositionsResponse(lsn=done[0], positions=done[1])

    def _split(self, caller: Caller, request: operations.SplitPositionsRequest) -> tuple[int, int] | None:
        positions = queries.ListPositionsResponse.FromString(self._core.positions("")).positions
        if any(
            position.instrument == request.instrument
            and not caller.may_use(position.account, position.strategy)
            for position in positions
        ):
            raise ApiError(
                Problem.PERMISSION_DENIED,
                f"a split changes every position in {request.instrument!r}, and some are of accounts or strategies "
                "that are not the caller's; somebody who may use all of them can do it",
            )
        return self._core.split_positions(
            request.instrument,
            request.new_units,
            request.old_units,
            request.split_id,
            request.reason,
            caller.client,
        )

    def _is_reachable(self, caller: Caller, order_id: int) -> bool:
        # Looked for as what the caller may see: what it may not takes as long as what is not there.
        data = self._core.find_order(view_of(self._core, caller, any_client=True), order_id)
        if data is None:
            return False
        order = types.Order.FromString(data)
        return caller.may_use(order.account, order.strategy)


def _no_order(order_id: int) -> ApiError:
    return ApiError(Problem.NOT_FOUND, f"there is no order {order_id}")


def _no_position(request: operations.AdjustPositionRequest) -> ApiError:
    return ApiError(
        Problem.NOT_FOUND,
        f"expected a configured account and instrument, were {request.account!r} and {request.instrument!r}",
    )


def _check_reason(reason: str) -> None:
    if not 1 <= len(reason.encode()) <= _REASON_BYTES_MAX:
        raise ApiError(
            Problem.INVALID_ARGUMENT,
            f"expected a reason of 1 to {_REASON_BYTES_MAX} bytes: it is kept in the journal",
            field="reason",
        )
