"""Every method of the API, from the descriptors of every .proto there is: one that is new is in the tests at once."""

import importlib
import pkgutil

from google.protobuf.descriptor import FileDescriptor, MethodDescriptor

import gateway.v1

__all__ = ["FILES", "METHODS", "UNARY", "method_path"]

FILES: list[FileDescriptor] = [
    importlib.import_module(f"gateway.v1.{module.name}").DESCRIPTOR
    for module in pkgutil.iter_modules(gateway.v1.__path__)
    if module.name.endswith("_pb2")
]
METHODS: list[MethodDescriptor] = [
    method for file in FILES for service in file.services_by_name.values() for method in service.methods
]
UNARY = [method for method in METHODS if not method.client_streaming and not method.server_streaming]


def method_path(method: MethodDescriptor) -> str:
    """As it stands in a request's path, without the first slash."""
    assert method.containing_service is not None
    return f"{method.containing_service.full_name}/{method.name}"
