"""The gateway's loop as an acceptor: prints its port, ends when its standard input does.

python -m tests.bench.gateway_acceptor DIRECTORY
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from gateway.core import _core
from tests.bench.gateway_settings import core_settings, session


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="gateway-bench-", dir=sys.argv[1]) as folder:
        gateway = _core.Gateway(core_settings(Path(folder) / "journal", session("acceptor", 0), 1_000))
        gateway.start()
        print(gateway.listening_port(0), flush=True)
        sys.stdin.read()
        gateway.stop()


if __name__ == "__main__":
    main()
