"""A QuickFIX acceptor that answers TestRequests: prints its port, ends when its standard input does."""

from __future__ import annotations

import socket
import sys
import tempfile
from pathlib import Path

import quickfix

SETTINGS = """[DEFAULT]
ConnectionType=acceptor
StartTime=00:00:00
EndTime=00:00:00
SocketNodelay=Y
ResetOnLogon=Y
UseDataDictionary=N

[SESSION]
BeginString=FIX.4.4
SenderCompID=VENUE
TargetCompID=GATEWAY
SocketAcceptPort={port}
"""


class Application(quickfix.Application):  # type: ignore[misc]
    """Takes everything, says nothing."""

    def onCreate(self, session: object) -> None: ...
    def onLogon(self, session: object) -> None: ...
    def onLogout(self, session: object) -> None: ...
    def toAdmin(self, message: object, session: object) -> None: ...
    def fromAdmin(self, message: object, session: object) -> None: ...
    def toApp(self, message: object, session: object) -> None: ...
    def fromApp(self, message: object, session: object) -> None: ...


def free_port() -> int:
    """A port that nobody listens on now: QuickFIX cannot choose one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main() -> None:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "acceptor.cfg"
        path.write_text(SETTINGS.format(port=port))
        settings = quickfix.SessionSettings(str(path))
        application, store = Application(), quickfix.MemoryStoreFactory()
        acceptor = quickfix.SocketAcceptor(application, store, settings)
        acceptor.start()
        print(port, flush=True)
        sys.stdin.read()
        acceptor.stop()


if __name__ == "__main__":
    main()
