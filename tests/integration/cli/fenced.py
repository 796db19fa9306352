"""What the commands in the pages' blocks print, by how they begin; which wait for more, and which are run elsewhere."""

from __future__ import annotations

__all__ = ["CODES", "ENDLESS", "RUN_ELSEWHERE", "SAYS", "longest"]

RUN_ELSEWHERE = {
    "make client-wheel": "tests/integration/api/test_client_wheel.py",
    "pip install dist/": "tests/integration/api/test_client_wheel.py",
    "pip install 'fixgateway[sim]'": "tests/integration/api/test_client_wheel.py",  # pip and a wheel, of the SDK
    "python -m sim certify --target": "tests/integration/sim/test_certify.py",
    "python -m sim certify --listen": "tests/integration/sim/test_certify.py",
    "python -m ops.demo.grid": "tests/integration/sim/test_paper_and_backtest.py",
    "python -m sim --port": "tests/integration/cli/test_docs_simulator.py",
    "python -m sim ctl": "tests/integration/cli/test_docs_simulator.py",
    "gateway run": "tests/integration/cli/test_run.py",  # and all else here is run against one
}
"""By how the command begins, and the test that runs it. What CI's script has as a step is not listed."""

ENDLESS = {
    "gateway tail": r"ExecutionReported .*#\d+ AAPL TRADE BUY 1000 @ 185",
    "gateway tail --kind": r"ExecutionReported .*#\d+ AAPL TRADE SELL 1000 @ 185",
    "gateway console": "READY",
}
"""Wait for more until they are interrupted, and show this before."""

CODES = {
    "gateway doctor": (0, 7),  # the machine may deserve a warning
}
"""Exit codes that are right, where that is not 0 alone."""

SAYS = {
    "gateway init": r"wrote \S+/gateway.yaml \(and gateway.schema.json, for editors\)\nnext:\n  python -m sim",
    "gateway check-config": r"gateway.yaml: good \(1 session, 3 instruments, 1 client, 2 limits\)\nnote: durability is",
    "gateway sessions": r"sim .*FIX\.4\.4.*READY|sim .*READY",
    "gateway sessions show": r"(?s)state +READY.*next in, out \d+, \d+\n.*open orders.*round trip.*hours",
    "gateway sessions log": r"8=FIX\.4\.4\|",
    "gateway sessions log venue --in": r'(?s)^\[.*"direction": "\w*IN\w*"|"fix"|"text"',
    "gateway sessions logout": r"(?s)log it out and keep it out\?.*sim is logged out",
    "gateway sessions set-sequence": r"(?s)set next in 4711, next out 815\?.*sim: next in 4711, next out 815",
    "gateway sessions logon": r"(?s)let it log on\?.*sim may log on",
    "gateway sessions add": r"second is added: FIX\.4\.4 GATEWAY-2 -> SIM",
    "gateway sessions change": r"second is (changed|like that already)",
    "gateway sessions remove": r"(?s)remove it\?.*second is removed",
    "gateway orders --open": r"DEMO.*AAPL.*NEW",
    "gateway orders show": r"(?s)OrderAccepted.*\|35=D\|.*\|35=8\|",
    "gateway positions": r"(?s)account +strategy +instrument +net.*DEMO +side-1 +AAPL +1000",
    "gateway journal verify": r"good: \d+ segments, \d+ records in \d+ batches, lsn 1 to \d+",
    "gateway journal dump": r"(?s)GatewayStarted.*\|35=A\|.*OrderAccepted",
    "gateway journal dump journal --from-lsn": r"\A(.* out .*8=FIX\.4\.4\|.*\n){1,50}\Z",
    "gateway journal dump journal --kind OrderDenied": r'\A({.*"OrderDenied".*}\n)+\Z',
    "gateway secrets key": r"secrets\.key: a new key",
    "gateway secrets add": r"desk-password added; refer to it as \$\{encrypted:secrets\.enc#desk-password\}",
    "gateway secrets list": r"\Adesk-password\n\Z",
    "gateway fixlog": r"NewOrderSingle",
    "gateway fixlog journal --where": r"\A(.*Rejected.*\n)*\Z",
    "gateway fixlog day.log.gz": r"(?s)NewOrderSingle.*11 ClOrdID +ORD-17\n.*ExecutionReport.*11 ClOrdID +ORD-17\n",
    "gateway fixlog journal --type": r'\A({.*"tag": 32, "value": "1000", "name": "LastQty".*}\n)+\Z',
    "zcat": r"\d+ messages in [\d,]+ bytes",
    "gateway tail --from-lsn": r'\A({"lsn": .*"event": "\w+".*}\n)+\Z',
    "gateway audit": r"(?s)halted|HALTED.*drill",
    "gateway export executions": r"fills\.parquet: \d+ executions",
    "gateway export orders -o -": r"\A(lsn|order_id)?.*account.*\n.*DEMO",
    "gateway export positions": r"positions\.csv: \d+ positions",
    "gateway export messages": r"fix\.parquet: \d+ messages",
    "gateway replay": r"(?s)state hash|[0-9a-f]{64}",
    "gateway replay --journal journal --lsn": r'(?s)"lsn": [5-9].*"state_hash": "[0-9a-f]{64}"',
    "gateway replay --verify": r"(?s)[0-9a-f]{64}.*(same|equal|no difference|agree)",
    "gateway doctor": r"(?s)configuration.*ports.*journal.*database.*disk.*clock.*limits",
    "gateway doctor --json": r'(?s)"severity": "\w+",\n  "findings": \[',
    "python -m sim certify --list": r"(?m)^S\d+ ",
    "python -m sim scenarios list": r"fill-before-ack",
    "python -m sim scenarios show": r"(?s)name: fill-before-ack.*rules:",
    "python -m sim scenarios check": r"\Amine: 1 rules, 0 expectations\n\Z",
    "python -m sim scenarios schema": r"^$",
    "python -m sim recordings make": r"day\.csv|^$",
    "python -m sim recordings convert": r"day\.parquet|^$",
    "python -m sim recordings check": r"\d",
}
"""What is printed, by how the command begins; the longest that fits counts."""


def longest(table: dict[str, object], text: str) -> str:
    """The longest key of a table that a text begins with; empty where there is none."""
    return max((start for start in table if text.startswith(start)), key=len, default="")
