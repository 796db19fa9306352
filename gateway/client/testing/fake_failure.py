"""How a call to a fake gateway fails: as grpc has it."""

import grpc
import grpc.aio

__all__ = ["failure"]


def failure(code: grpc.StatusCode, text: str) -> grpc.aio.AioRpcError:
    """Make the error that a call ends with."""
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), details=text)
