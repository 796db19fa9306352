"""The gRPC API: clients' bytes to the core, the journal's bytes to clients."""

from gateway.api.core_port import Core
from gateway.api.identity import Identify
from gateway.api.rights import Caller, ClientAccess
from gateway.api.server import ApiServer, create_server
from gateway.api.settings import ApiSettings
from gateway.api.tls import TlsFiles

__all__ = [
    "ApiServer",
    "ApiSettings",
    "Caller",
    "ClientAccess",
    "Core",
    "Identify",
    "TlsFiles",
    "create_server",
]
