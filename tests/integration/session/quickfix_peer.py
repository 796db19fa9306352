"""A QuickFIX engine with one session, in a process of its own: its acceptor cannot be stopped within another's.

    python quickfix_peer.py ROLE BEGIN_STRING PORT FOLDER RESET_ON_LOGON(Y|N)

Reads commands, one a line: `send CLORDID` and `logout`. Prints `received CLORDID` for each order that reaches the
application, `logged on` and `logged out`. Ends when its standard input does.

A call into QuickFIX holds the interpreter's lock and waits for the session's; a callback does it the other way round.
So a command must not be given while something else may be under way: whoever gives it waits for the line before.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import quickfix

SPECS = Path(__file__).resolve().parents[3] / "fix_specs"
DICTIONARIES = {"FIX.4.2": "FIX42", "FIX.4.4": "FIX44", "FIXT.1.1": "FIX50SP2"}


class Application(quickfix.Application):  # type: ignore[misc]  # quickfix has no types
    """Prints what reaches the application."""

    def __init__(self) -> None:
        super().__init__()
        self.session_id: Any = None

    def onCreate(self, session_id: Any) -> None:
        self.session_id = session_id

    def onLogon(self, session_id: Any) -> None:
        print("logged on", flush=True)

    def onLogout(self, session_id: Any) -> None:
        print("logged out", flush=True)

    def toAdmin(self, message: Any, session_id: Any) -> None: ...
    def fromAdmin(self, message: Any, session_id: Any) -> None: ...
    def toApp(self, message: Any, session_id: Any) -> None: ...

    def fromApp(self, message: Any, session_id: Any) -> None:
        print(f"received {message.getField(11)}", flush=True)


def settings_text(role: str, begin_string: str, port: str, folder: str, reset: str) -> str:
    app = DICTIONARIES[begin_string]
    if begin_string == "FIXT.1.1":
        dictionaries = (
            f"TransportDataDictionary={SPECS}/FIXT11.xml\nAppDataDictionary={SPECS}/{app}.xml\n"
            "DefaultApplVerID=FIX.5.0SP2\n"
        )
    else:
        dictionaries = f"DataDictionary={SPECS}/{app}.xml\n"
    if role == "acceptor":
        address = f"SocketAcceptPort={port}\n"
    else:
        address = f"SocketConnectHost=127.0.0.1\nSocketConnectPort={port}\nReconnectInterval=1\n"
    return (
        f"[DEFAULT]\nConnectionType={role}\nStartTime=00:00:00\nEndTime=00:00:00\nHeartBtInt=30\n"
        f"FileStorePath={folder}/store\nResetOnLogon={reset}\n"
        f"[SESSION]\nBeginString={begin_string}\nSenderCompID=QF\nTargetCompID=US\n{address}{dictionaries}"
    )


def send(cl_ord_id: str, session_id: Any) -> None:
    """Send an order: the direction is of no consequence to a session."""
    message = quickfix.Message()
    message.getHeader().setField(35, "D")
    now = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime())
    for tag, value in ((11, cl_ord_id), (21, "1"), (38, "10"), (40, "1"), (54, "1"), (55, "AAPL"), (60, now)):
        message.setField(tag, value)
    quickfix.Session.sendToTarget(message, session_id)


def main() -> None:
    role, begin_string, port, folder, reset = sys.argv[1:]
    config = Path(folder) / "quickfix.cfg"
    config.write_text(settings_text(role, begin_string, port, folder, reset))
    application = Application()
    settings = quickfix.SessionSettings(str(config))
    store = quickfix.FileStoreFactory(settings)
    made = quickfix.SocketAcceptor if role == "acceptor" else quickfix.SocketInitiator
    engine = made(application, store, settings)
    engine.start()
    print("ready", flush=True)
    for line in sys.stdin:
        command, _, cl_ord_id = line.strip().partition(" ")
        if command == "send":
            send(cl_ord_id, application.session_id)
        elif command == "logout":
            quickfix.Session.lookupSession(application.session_id).logout()
    sys.stdout.flush()
    os._exit(0)  # nothing is to be said on the way out


if __name__ == "__main__":
    main()
