"""The control service, on the simulator's own event loop: no call runs beside the exchange."""

import time
from collections.abc import Callable
from typing import Any

import grpc

from sim.config import ConfigError
from sim.config.document import parse_document
from sim.control.floor import Floor
from sim.control.v1 import control_pb2 as pb
from sim.control.v1 import control_pb2_grpc
from sim.faults.acts import Do
from sim.scenario import Play, load_scenario, parse_rules, parse_scenario, verdict_of
from sim.server import Server

__all__ = ["serve"]

_OUTCOMES = {
    None: pb.VerdictResponse.OUTCOME_OPEN,
    True: pb.VerdictResponse.OUTCOME_PASSED,
    False: pb.VerdictResponse.OUTCOME_FAILED,
}


async def serve(
    play: Play, server: Server, address: str, *, faults: bool = True
) -> tuple[grpc.aio.Server, int]:
    """Listen at host:port (port 0: any); gives the service and its port. `faults`: whether it takes any."""
    service = grpc.aio.server()
    add = control_pb2_grpc.add_ControlServicer_to_server
    add(Control(play, server, faults=faults), service)  # type: ignore[no-untyped-call]  # generated
    port = service.add_insecure_port(address)
    if port == 0:
        raise OSError(f"the control port cannot be opened: {address}")
    await service.start()
    return service, port


class Control(Floor):
    """Faults, scenarios and what there is to see. Every method is one step: nothing is awaited in the middle."""

    def __init__(
        self, play: Play, server: Server, *, faults: bool, clock: Callable[[], int] = time.time_ns
    ) -> None:
        super().__init__(play, server, clock)
        self._faults = faults

    async def _demand_faults(self, context: Any) -> None:
        if not self._faults:
            text = "--state goes with no faults: what a script did is in no state"
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, text)

    async def ListRules(self, request: pb.ListRulesRequest, context: Any) -> pb.ListRulesResponse:
        return pb.ListRulesResponse(rules=self._rules())

    async def Inject(self, request: pb.InjectRequest, context: Any) -> pb.InjectResponse:
        await self._demand_faults(context)
        try:
            rules = parse_rules(request.rules, "rules")
        except ConfigError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            raise AssertionError from error
        numbers = [self._play.layer.inject(rule).number for rule in rules]
        self._server.carry_out([])
        return pb.InjectResponse(numbers=numbers)

    async def Clear(self, request: pb.ClearRequest, context: Any) -> pb.ClearResponse:
        removed = self._play.layer.rules.remove(request.number or None)
        if request.number and not removed:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"no rule has the number {request.number}")
        return pb.ClearResponse(removed=removed)

    async def Act(self, request: pb.ActRequest, context: Any) -> pb.ActResponse:
        await self._demand_faults(context)
        try:
            text = request.act if ":" in request.act else f"{request.act}: "
            do = parse_document(text, "act", Do)
        except ConfigError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            raise AssertionError from error
        self._server.carry_out(self._play.layer.act_now(do, request.session, self._clock()))
        return pb.ActResponse()

    async def Play(self, request: pb.PlayRequest, context: Any) -> pb.PlayResponse:
        await self._demand_faults(context)
        try:
            scenario = (
                parse_scenario(request.text, "scenario") if request.text else load_scenario(request.name)
            )
        except ConfigError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            raise AssertionError from error
        self._play.start(scenario, self._clock())
        self._server.carry_out([])
        return pb.PlayResponse(name=scenario.name)

    async def Verdict(self, request: pb.VerdictRequest, context: Any) -> pb.VerdictResponse:
        verdict = verdict_of(self._play, final=request.final)
        return pb.VerdictResponse(
            scenario=verdict.scenario,
            outcome=_OUTCOMES[verdict.passed],
            reasons=verdict.reasons,
            steps=[pb.Step(**step) for step in verdict.steps],
            rules=self._rules(),
        )

    async def State(self, request: pb.StateRequest, context: Any) -> pb.StateResponse:
        layer = self._play.layer
        sessions = [
            pb.Session(
                comp_id=peer.comp_id,
                begin_string=peer.version.begin_string,
                connected=peer.connected,
                next_in=peer.next_in,
                next_out=peer.next_out,
            )
            for peer in layer.simulator.registry
        ]
        return pb.StateResponse(
            sessions=sessions,
            connections=len(layer.links),
            phase=layer.phase_of(),
            clock_skew_ms=layer.skew // 1_000_000,
            acts=len(layer.history),
            pending=layer.pending,
        )

    def _rules(self) -> list[pb.Rule]:
        return [
            pb.Rule(
                number=live.number,
                name=live.rule.name,
                json=live.rule.model_dump_json(exclude_defaults=True, by_alias=True),
                seen=live.seen,
                fired=live.fired,
            )
            for live in self._play.layer.rules.live
        ]
