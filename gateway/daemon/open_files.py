"""Room for the files that this process has to open (RLIMIT_NOFILE).

Clients' connections and the journal's segments come out of one number. Where it is too small for both, there are fewer
connections: a client that cannot connect comes back, an order that cannot be journalled is not sent.
"""

from __future__ import annotations

import logging
import resource

from gateway.config import Settings
from gateway.config.open_files import open_files, own_files

__all__ = ["make_room_for_files"]

_log = logging.getLogger(__name__)


def make_room_for_files(settings: Settings) -> int:
    """Raise this process' limit as far as it may; how many connections the API may then have, at least 1."""
    asked, needed = settings.api.limits.connections, open_files(settings)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return asked
    wanted = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    if wanted == needed:
        return asked
    left = max(1, wanted - own_files(settings))
    _log.warning(
        "this process may open %d files, and needs %d: the API takes %d connections in place of the %d of"
        " api.limits.connections; set LimitNOFILE=%d in the unit (ulimit -Hn %d)",
        wanted,
        needed,
        left,
        asked,
        needed,
        needed,
    )
    return left
