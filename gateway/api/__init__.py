"""The gRPC API: clients' bytes to the core, the journal's bytes to clients."""

from gateway.api.core_port import Core
from gateway.api.identity import Caller, Identify, MetadataIdentity
from gateway.api.server import ApiServer, create_server
from gateway.api.settings import ApiSettings

__all__ = ["ApiServer", "ApiSettings", "Caller", "Core", "Identify", "MetadataIdentity", "create_server"]
