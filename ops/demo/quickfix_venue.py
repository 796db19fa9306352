"""A venue on QuickFIX, which nobody here wrote: python -m ops.demo.quickfix_venue --folder DIR

QuickFIX runs the session: sequence numbers, resends, heartbeats, validation against the data dictionaries of
fix_specs, and a FileStore in DIR, so that a restart resumes. What becomes of orders is decided in
quickfix_book. The ledger is served as the simulator serves its own.

QuickFIX calls `Application` on threads of its own while it holds the session's lock; sending needs the same
lock. So the callbacks only put requests into a queue, and one worker does everything else.
"""

from __future__ import annotations

import argparse
import http.server
import json
import queue
import signal
import socket
import sys
import threading
import time
import traceback
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import quickfix as fix

from ops.demo.processes import ROOT
from ops.demo.quickfix_book import Book, Kind, Refusal, Report, Request

__all__ = ["main"]

COMP_ID = "QUICKFIX"
COUNTERPARTY = "GATEWAY"
ROUND_S = 0.02
"""Between two rounds of trading in resting orders."""

DICTIONARIES = {
    "FIX.4.2": "DataDictionary={0}/FIX42.xml",
    "FIX.4.4": "DataDictionary={0}/FIX44.xml",
    "FIXT.1.1": (
        "DefaultApplVerID=FIX.5.0SP2\n"
        "TransportDataDictionary={0}/FIXT11.xml\nAppDataDictionary={0}/FIX50SP2.xml"
    ),
}
ORD_STATUS = {"NEW": "0", "PARTIALLY_FILLED": "1", "FILLED": "2", "CANCELED": "4", "REJECTED": "8"}
EXEC_TYPE = {
    Kind.NEW: "0",
    Kind.TRADE: "F",
    Kind.CANCELED: "4",
    Kind.REPLACED: "5",
    Kind.REJECTED: "8",
    Kind.STATUS: "I",
}
REQUESTS = "DGFH"


class Application(fix.Application):  # type: ignore[misc]  # quickfix has no types
    """What QuickFIX calls. An error must not reach it, or the process ends without a word."""

    def __init__(self, arrived: queue.SimpleQueue[tuple[str, Any]]) -> None:
        super().__init__()
        self._arrived = arrived

    def onCreate(self, session_id: Any) -> None: ...

    def onLogon(self, session_id: Any) -> None:
        print(f"logon {session_id}", flush=True)

    def onLogout(self, session_id: Any) -> None:
        print(f"logout {session_id}", flush=True)

    def toAdmin(self, message: Any, session_id: Any) -> None: ...

    def fromAdmin(self, message: Any, session_id: Any) -> None:
        if message.getHeader().getField(35) == "3":
            print(f"the gateway rejects: {_readable(message)}", flush=True)

    def toApp(self, message: Any, session_id: Any) -> None: ...

    def fromApp(self, message: Any, session_id: Any) -> None:
        # The text, not the message: QuickFIX frees it after the call.
        self._arrived.put((message.getHeader().getField(35), _fields_of(message)))


class Worker(threading.Thread):
    """Takes requests in their order of arrival, lets resting orders trade, and sends all reports."""

    def __init__(self, book: Book, begin_string: str) -> None:
        super().__init__(name="worker", daemon=True)
        self.arrived: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self.lock = threading.Lock()
        """Held while the book changes, and by whoever reads it."""
        self._book = book
        self._is_42 = begin_string == "FIX.4.2"
        self._session_id = fix.SessionID(begin_string, COMP_ID, COUNTERPARTY)

    def run(self) -> None:
        next_round = time.monotonic() + ROUND_S
        while True:
            try:
                msg_type, fields = self.arrived.get(timeout=max(next_round - time.monotonic(), 0))
            except queue.Empty:
                next_round = time.monotonic() + ROUND_S
                with self.lock:
                    reports: list[Report | Refusal] = [*self._book.trade_resting()]
            else:
                with self.lock:
                    reports = self._answers(msg_type, fields)
            for report in reports:
                message = self._refusal(report) if isinstance(report, Refusal) else self._execution(report)
                fix.Session.sendToTarget(message, self._session_id)

    def _answers(self, msg_type: str, fields: dict[int, str]) -> list[Report | Refusal]:
        if msg_type not in REQUESTS:
            print(f"not taken: 35={msg_type} {fields}", flush=True)
            return []
        request = _request_of(fields)
        try:
            match msg_type:
                case "D":
                    return [*self._book.enter(request)]
                case "G":
                    return [self._book.replace(request)]
                case "F":
                    return [self._book.cancel(request)]
                case _:
                    return [self._book.status(request)]
        except Exception:
            traceback.print_exc()
            return []

    def _execution(self, report: Report) -> Any:
        order = report.order
        message = _message("8")
        fields = {
            37: order.order_id,
            11: report.cl_ord_id,
            17: report.exec_id,
            150: EXEC_TYPE[report.kind],
            39: ORD_STATUS[report.status],
            55: order.symbol,
            54: order.side,
            151: _number(report.leaves),
            14: _number(report.cum),
            6: _number(report.average_price.quantize(Decimal("1e-8"))),
        }
        if report.kind is not Kind.STATUS or order.quantity:
            fields[38] = _number(order.quantity)
        if order.account:
            fields[1] = order.account
        if order.price is not None:
            fields[44] = _number(order.price)
        if report.orig_cl_ord_id:
            fields[41] = report.orig_cl_ord_id
        if report.last_quantity is not None and report.last_price is not None:
            fields |= {32: _number(report.last_quantity), 31: _number(report.last_price)}
        if report.kind is Kind.REJECTED:
            fields[103] = "0"
        if report.text:
            fields[58] = report.text
        if self._is_42:
            fields[20] = "3" if report.kind is Kind.STATUS else "0"
            if report.kind in (Kind.TRADE, Kind.STATUS):
                fields[150] = fields[39]
        return _filled(message, fields)

    def _refusal(self, refusal: Refusal) -> Any:
        fields = {
            37: refusal.order_id,
            11: refusal.request.cl_ord_id,
            41: refusal.request.orig_cl_ord_id,
            39: ORD_STATUS[refusal.status],
            434: "2" if refusal.is_replace else "1",
            102: str(refusal.reason),
            58: refusal.text,
        }
        return _filled(_message("9"), fields)


def main() -> int:
    options = _parser().parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    port = options.port or _free_port()
    book = Book(Random(options.seed), prefix=format(time.time_ns() // 1_000_000, "X"))
    worker = Worker(book, options.begin_string)
    settings_file = options.folder / "quickfix.cfg"
    settings_file.write_text(_settings(options.folder, options.begin_string, port))
    settings = fix.SessionSettings(str(settings_file))
    application = Application(worker.arrived)
    store, log = fix.FileStoreFactory(settings), fix.FileLogFactory(settings)
    acceptor = fix.SocketAcceptor(application, store, settings, log)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker.start()
    acceptor.start()
    ledger = _serve_ledger(worker, book, options.http_port)
    print(f"listening on 127.0.0.1:{port}", flush=True)
    print(f"http on 127.0.0.1:{ledger.server_address[1]}", flush=True)
    while not stop.wait(0.1):  # a wait without a timeout would keep Python from seeing the signal
        pass
    acceptor.stop()
    ledger.shutdown()
    (options.folder / "ledger.json").write_text(json.dumps(book.ledger(None), indent=1))
    return 0


def _settings(folder: Path, begin_string: str, port: int) -> str:
    dictionary = DICTIONARIES[begin_string].format(ROOT / "fix_specs")
    return (
        "[DEFAULT]\nConnectionType=acceptor\nStartTime=00:00:00\nEndTime=00:00:00\n"
        f"SocketAcceptPort={port}\nSocketReuseAddress=Y\nSocketNodelay=Y\n"
        f"FileStorePath={folder / 'store'}\nFileLogPath={folder / 'log'}\n\n"
        f"[SESSION]\nBeginString={begin_string}\nSenderCompID={COMP_ID}\nTargetCompID={COUNTERPARTY}\n{dictionary}\n"
    )


def _serve_ledger(worker: Worker, book: Book, port: int) -> http.server.ThreadingHTTPServer:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path != "/ledger":
                self.send_error(404, "try /ledger?comp_id=NAME")
                return
            comp_id = parse_qs(url.query).get("comp_id", [None])[0]
            with worker.lock:
                body = json.dumps(book.ledger(comp_id)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, name="ledger", daemon=True).start()
    return server


def _request_of(fields: dict[int, str]) -> Request:
    return Request(
        comp_id=fields[49],
        cl_ord_id=fields[11],
        orig_cl_ord_id=fields.get(41, ""),
        account=fields.get(1, ""),
        symbol=fields.get(55, ""),
        side=fields.get(54, ""),
        quantity=Decimal(fields.get(38, "0")),
        price=Decimal(fields[44]) if 44 in fields else None,
        order_type=fields.get(40, ""),
        time_in_force=fields.get(59, "0"),
    )


def _message(msg_type: str) -> Any:
    message = fix.Message()
    message.getHeader().setField(35, msg_type)
    message.setField(fix.TransactTime())
    return message


def _filled(message: Any, fields: dict[int, str]) -> Any:
    for tag, value in fields.items():
        message.setField(tag, value)
    return message


def _fields_of(message: Any) -> dict[int, str]:
    pairs = (part.partition("=") for part in message.toString().split("\x01") if part)
    return {int(tag): value for tag, _, value in pairs}


def _readable(message: Any) -> str:
    text: str = message.toString().replace("\x01", "|")
    return text


def _number(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _free_port() -> int:
    """QuickFIX cannot say which port the system chose, so it is told one."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops.demo.quickfix_venue", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="of its store, its log and its ledger")
    parser.add_argument("--begin-string", choices=sorted(DICTIONARIES), default="FIX.4.4")
    parser.add_argument("--port", type=int, default=0, help="for FIX; 0 takes a free one")
    parser.add_argument("--http-port", type=int, default=0, help="for GET /ledger; 0 takes a free one")
    parser.add_argument("--seed", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
