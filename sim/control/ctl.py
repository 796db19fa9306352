"""`python -m sim ctl`: faults for a simulator that runs, and what the people of its venue do."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import grpc

from sim.config import ConfigError
from sim.config.load import read_text
from sim.control.v1 import control_pb2 as pb
from sim.control.v1 import control_pb2_grpc
from sim.phases import Phase

__all__ = ["ctl"]

_EPILOG = """\
A rule is written as in a scenario file (docs/scenarios.md), inline or in a file that is given as @FILE.

examples:
  python -m sim --port 9878 --control-port 9880
  python -m sim ctl inject '{when: {message: "8", session: GATEWAY, probability: 0.1}, do: [drop]}'
  python -m sim ctl inject '{when: {message: D, fields: {55: AAPL}, count: 3}, do: [{reject: {code: 2}}]}'
  python -m sim ctl inject @rules.yaml
  python -m sim ctl list
  python -m sim ctl clear 1
  python -m sim ctl act 'disconnect' --session GATEWAY
  python -m sim ctl halt; python -m sim ctl resume
  python -m sim ctl restart --down 2s --forget orders
  python -m sim ctl play fill-before-ack; python -m sim ctl verdict

what the venue's people do:
  python -m sim ctl bust T1-T7                       a trade's id, or the ExecID of one of its sides
  python -m sim ctl correct T1-T7 --quantity 50 --price 9.80
  python -m sim ctl announce 'Early close' 'Trading ends at 13:00'
  python -m sim ctl phase AAPL halt
  python -m sim ctl advance                          the next step of a recording that is played on demand
"""

# Exit codes: 0 done, 1 the simulator cannot be reached, 2 it was asked for something wrong, 3 a failed verdict.
_TIMEOUT_S = 10
_ASKED_WRONG = (
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.FAILED_PRECONDITION,
)
_VERDICT_FAILED = 3


def ctl(arguments: Sequence[str]) -> int:
    """Run the command; gives the exit code."""
    options = _parser().parse_args(arguments)
    try:
        with grpc.insecure_channel(options.address) as channel:
            stub = control_pb2_grpc.ControlStub(channel)  # type: ignore[no-untyped-call]  # generated
            code: int = _COMMANDS[options.command](stub, options)
            return code
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except grpc.RpcError as error:
        if error.code() in _ASKED_WRONG:
            print(error.details(), file=sys.stderr)
            return 2
        print(
            f"{options.address}: {error.details()}; start the simulator with --control-port, and say where by"
            " --address",
            file=sys.stderr,
        )
        return 1


def _list(stub: control_pb2_grpc.ControlStub, options: argparse.Namespace) -> int:
    for rule in stub.ListRules(pb.ListRulesRequest(), timeout=_TIMEOUT_S).rules:
        print(f"{rule.number}  {rule.name}  seen {rule.seen}, acted {rule.fired}  {rule.json}")
    return 0


def _inject(stub: control_pb2_grpc.ControlStub, options: argparse.Namespace) -> int:
    answer = stub.Inject(pb.InjectRequest(rules=_text(options.rules)), timeout=_TIMEOUT_S)
    print(*answer.numbers)
    return 0


def _clear(stub: control_pb2_grpc.ControlStub, options: argparse.Namespace) -> int:
    answer = stub.Clear(pb.ClearRequest(number=options.number), timeout=_TIMEOUT_S)
    print(f"{answer.removed} removed")
    return 0


def _act(stub: control_pb2_grpc.ControlStub, options: argparse.Namespace) -> int:
    stub.Act(pb.ActRequest(act=_text(options.act), session=options.session), timeout=_TIMEOUT_S)
    return 0


def _halt(stub: control_pb2_grpc.ControlStub, options: argparse.Namespace) -> int:
    stub.Act(pb.ActRequest(act="halt"), timeout=_TIMEOUT_S)
    return 0


def _resume(stub: control_pb2_grpc.ControlStub, options: argparse.Namespace) -> int:
    stub.Act(pb.ActRequest(act="resume"), timeout=_TIMEOUT_S)
    return 0


def _restart(stub: control_pb2_grpc.ControlStub, options: argparse.Namespace) -> int:
    forget = ", ".join(options.forget)
    act = f"restart: {{for: {options.down}, forget: [{forget}]}}"
    stub.Act(pb.ActRequest(act=act), timeout=_TIMEOUT_S)
    return 0


def _play(stub: control_pb2_grpc.ControlStub, options: argparse.Namespace) -> int:
    is_file = options.scenario.endswith((".yaml", ".yml"))
    request = (
        pb.PlayRequest(text=read_text(Path(options.scenario)))
        if is_file
        else pb.PlayRequest(name=options.scenario)
    )
    print(stub.Play(request, timeout=_TIMEOUT_S).name)
    return 0


def _verdict(stub: control_pb2_grpc.ControlStub, options: argparse.Namespace) -> int:
    answer = stub.Verdict(pb.VerdictRequest(final=options.final), timeout=_TIMEOUT_S)
    outcome = pb.VerdictResponse.Outcome.Name(answer.outcome).removeprefix("OUTCOME_").lower()
    print(f"scenario {answer.scenario}: {outcome}")
    for step in answer.steps:
        print(f"  {step.state}: {step.text}")
    for reason in answer.reasons:
        print(f"  {reason}")
    return _VERDICT_FAILED if answer.outcome == pb.VerdictResponse.OUTCOME_FAILED else 0


def _state(stub: control_pb2_grpc.ControlStub, options: argparse.Namespace) -> int:
    state = stub.State(pb.StateRequest(), timeout=_TIMEOUT_S)
    print(f"trading: {state.phase}; connections: {state.connections}; clock: {state.clock_skew_ms:+d} ms")
    print(f"acts carried out: {state.acts}; waiting: {state.pending}")
    for session in state.sessions:
        link = "connected" if session.connected else "away"
        numbers = f"next in {session.next_in}, next out {session.next_out}"
        print(f"{session.comp_id}  {session.begin_string}  {link}  {numbers}")
    return 0


def _bust(stub: control_pb2_grpc.ControlStub, options: argparse.Namespace) -> int:
    stub.Bust(pb.BustRequest(trade=options.trade), timeout=_TIMEOUT_S)
    return 0


def _correct(stub: control_pb2_grpc.ControlStub, options: argparse.Namespace) -> int:
    request = pb.CorrectRequest(trade=options.trade, quantity=options.quantity, price=options.price)
    stub.Correct(request, timeout=_TIMEOUT_S)
    return 0


def _announce(stub: control_pb2_grpc.ControlStub, options: argparse.Namespace) -> int:
    stub.Announce(pb.AnnounceRequest(headline=options.headline, lines=options.lines), timeout=_TIMEOUT_S)
    return 0


def _phase(stub: control_pb2_grpc.ControlStub, options: argparse.Namespace) -> int:
    stub.SetPhase(pb.SetPhaseRequest(symbol=options.symbol, phase=options.phase), timeout=_TIMEOUT_S)
    return 0


def _advance(stub: control_pb2_grpc.ControlStub, options: argparse.Namespace) -> int:
    answer = stub.Advance(pb.AdvanceRequest(), timeout=_TIMEOUT_S)
    print(f"{answer.records} records, {answer.trades} trades{', over' if answer.is_over else ''}")
    return 0


_COMMANDS: dict[str, Callable[[control_pb2_grpc.ControlStub, argparse.Namespace], int]] = {
    "list": _list,
    "inject": _inject,
    "clear": _clear,
    "act": _act,
    "halt": _halt,
    "resume": _resume,
    "restart": _restart,
    "play": _play,
    "verdict": _verdict,
    "state": _state,
    "bust": _bust,
    "correct": _correct,
    "announce": _announce,
    "phase": _phase,
    "advance": _advance,
}


def _text(argument: str) -> str:
    return read_text(Path(argument[1:])) if argument.startswith("@") else argument


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sim ctl",
        description="Faults for a simulator that runs with --control-port, and what the people of its venue do.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument(
        "--address", default="127.0.0.1:9880", metavar="HOST:PORT", help="(default: %(default)s)"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, parents=[where])

    add("list", "the rules in force, and how often each acted")
    add("inject", "add rules; prints their numbers").add_argument("rules", metavar="RULES|@FILE")
    clear = add("clear", "remove a rule, or all")
    clear.add_argument("number", type=int, nargs="?", default=0, help="of `list`; all if absent")
    act = add("act", "carry out one act at once")
    act.add_argument("act", metavar="ACT|@FILE", help="such as: disconnect, or 'cancel: {order: last}'")
    act.add_argument("--session", default="", metavar="COMPID", help="for this client alone")
    add("halt", "halt trading")
    add("resume", "end a halt, a reading pause, a clock's skew")
    restart = add("restart", "drop all connections and come back")
    restart.add_argument("--down", default="0s", metavar="DURATION", help="refuse connections so long")
    restart.add_argument("--forget", nargs="*", default=[], choices=["sessions", "orders"])
    add("play", "put a scenario in the place of all rules").add_argument("scenario", metavar="NAME|FILE.yaml")
    verdict = add("verdict", "how the scenario stands; exit code 3: it failed")
    verdict.add_argument("--final", action="store_true", help="what is open has failed")
    add("state", "sessions, phase and clock")
    add("bust", "take a trade back").add_argument("trade", help="its id, or an ExecID of it")
    correct = add("correct", "change a trade")
    correct.add_argument("trade", help="its id, or an ExecID of it")
    correct.add_argument("--quantity", default="", help="as it was if absent")
    correct.add_argument("--price", default="", help="as it was if absent")
    announce = add("announce", "send News(B) to everybody")
    announce.add_argument("headline")
    announce.add_argument("lines", nargs="*")
    phase = add("phase", "put a market into a phase")
    phase.add_argument("symbol")
    phase.add_argument("phase", help=", ".join(Phase))
    add("advance", "play the recording on until a counterparty trades")
    return parser
