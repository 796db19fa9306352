"""What the venue's people do, over the control service; and the next step of a recording on demand."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import grpc

from sim.control.v1 import control_pb2 as pb
from sim.control.v1 import control_pb2_grpc
from sim.exchange.amend import find_trade
from sim.faults.layer import FaultLayer
from sim.ledger import Trade
from sim.phases import Phase
from sim.scenario import Play
from sim.server import Server

__all__ = ["Floor"]


class Floor(control_pb2_grpc.ControlServicer):
    def __init__(self, play: Play, server: Server, clock: Callable[[], int]) -> None:
        self._play = play
        self._server = server
        self._clock = clock

    async def Bust(self, request: pb.BustRequest, context: Any) -> pb.BustResponse:
        trade = await self._trade(request.trade, context)
        self._server.carry_out(self._layer.on_floor(lambda venue, now: venue.bust(trade, now), self._clock()))
        return pb.BustResponse()

    async def Correct(self, request: pb.CorrectRequest, context: Any) -> pb.CorrectResponse:
        trade = await self._trade(request.trade, context)
        quantity = await _decimal(request.quantity, "quantity", context)
        price = await _decimal(request.price, "price", context)
        try:
            commands = self._layer.on_floor(
                lambda venue, now: venue.correct(trade, now, quantity, price), self._clock()
            )
        except ValueError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            raise AssertionError from error
        self._server.carry_out(commands)
        return pb.CorrectResponse()

    async def Announce(self, request: pb.AnnounceRequest, context: Any) -> pb.AnnounceResponse:
        lines = list(request.lines)
        self._server.carry_out(
            self._layer.on_floor(
                lambda venue, now: venue.announce(request.headline, lines, now), self._clock()
            )
        )
        return pb.AnnounceResponse()

    async def SetPhase(self, request: pb.SetPhaseRequest, context: Any) -> pb.SetPhaseResponse:
        if request.symbol not in self._layer.simulator.exchange.markets:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"no symbol {request.symbol}")
        if request.phase not in tuple(Phase):
            text = f"a phase is one of {', '.join(Phase)}, was {request.phase}"
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, text)
        phase = Phase(request.phase)
        self._server.carry_out(
            self._layer.on_floor(
                lambda venue, now: venue.set_phase(request.symbol, phase, now), self._clock()
            )
        )
        return pb.SetPhaseResponse()

    async def Advance(self, request: pb.AdvanceRequest, context: Any) -> pb.AdvanceResponse:
        player = self._layer.simulator.player
        if player is None or not player.is_on_demand:
            text = "there is no recording that waits; start the simulator with --replay and --replay-speed on-demand"
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, text)
        now = self._clock()
        commands, advanced = self._layer.simulator.advance(now)
        self._server.carry_out(self._layer.on_floor(lambda venue, now: commands, now))
        return pb.AdvanceResponse(
            records=advanced.records,
            trades=advanced.trades,
            trades_so_far=advanced.trades_so_far,
            is_over=advanced.is_over,
        )

    @property
    def _layer(self) -> FaultLayer:
        return self._play.layer

    async def _trade(self, name: str, context: Any) -> Trade:
        trade = find_trade(self._layer.simulator.exchange, name)
        if trade is None:
            text = f"no trade {name}; GET /ledger lists them, and their ExecIDs do as well"
            await context.abort(grpc.StatusCode.NOT_FOUND, text)
            raise AssertionError
        return trade


async def _decimal(text: str, name: str, context: Any) -> Decimal | None:
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(0)
    if not value.is_finite() or value <= 0:
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{name} must be a number above 0, was {text}")
    return value
