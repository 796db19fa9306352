"""Start-of-day positions by the file: each row once, however often the file is loaded, over failures and restarts."""

from __future__ import annotations

import hashlib

from gateway.api.core_port import Core
from gateway.api.errors import ApiError, Problem
from gateway.api.invalid import invalid
from gateway.core._core import CoreError
from gateway.v1 import events_pb2 as events
from gateway.v1 import operations_pb2 as operations

__all__ = ["batch_hash", "load_positions"]

_BATCH_ID_BYTES_MAX = 64
_POSITIONS_MAX = 100_000


def batch_hash(request: operations.LoadPositionsRequest) -> int:
    """Give the fingerprint by which a repeated batch_id is judged: of all rows in their order."""
    digest = hashlib.sha256()
    for position in request.positions:
        data = position.SerializeToString(deterministic=True)
        digest.update(len(data).to_bytes(4, "little"))
        digest.update(data)
    return int.from_bytes(digest.digest()[:8], "little")


def load_positions(
    core: Core, request: operations.LoadPositionsRequest, changed_by: str
) -> operations.LoadPositionsResponse:
    """Load what of the batch is not loaded yet. Raises ApiError; the rows before the one it names stand."""
    if not 1 <= len(request.batch_id.encode()) <= _BATCH_ID_BYTES_MAX:
        raise ApiError(
            Problem.INVALID_ARGUMENT,
            f"expected a batch_id of 1 to {_BATCH_ID_BYTES_MAX} bytes, such as the date",
            field="batch_id",
        )
    if not 1 <= len(request.positions) <= _POSITIONS_MAX:
        raise ApiError(
            Problem.INVALID_ARGUMENT,
            f"expected 1 to {_POSITIONS_MAX} positions, were {len(request.positions)}",
            field="positions",
        )
    fingerprint = batch_hash(request)
    known_hash, rows = core.position_batch(request.batch_id) or (fingerprint, 0)
    if known_hash != fingerprint:
        raise ApiError(
            Problem.FAILED_PRECONDITION,
            f"batch {request.batch_id!r} was loaded with other positions; a file with other content needs its own "
            "batch_id",
        )
    lsn = 0
    for row, position in enumerate(request.positions[rows:], start=rows + 1):
        path, partly = f"positions[{row - 1}].", row > rows + 1
        where = f"positions[{row - 1}] ({position.account}, {position.strategy}, {position.instrument})"
        try:
            lsn = core.adjust_position(
                events.POSITION_ADJUSTMENT_KIND_START_OF_DAY,
                position.account,
                position.strategy,
                position.instrument,
                position.quantity,
                position.price,
                request.reason,
                changed_by,
                charges=[(each.kind, each.amount, each.currency, each.type) for each in position.charges],
                batch_id=request.batch_id,
                batch_row=row,
                batch_hash=fingerprint,
            )
        except KeyError as error:
            raise ApiError(
                Problem.NOT_FOUND,
                f"{where}: expected a configured account and instrument",
                field=f"{path}instrument",
                partly_done=partly,
            ) from error
        except ValueError as error:
            raise invalid(error, position, "quantity", path=path, where=where, partly=partly) from error
        except IndexError as error:
            raise ApiError(
                Problem.FAILED_PRECONDITION,
                f"{where}: {error}; somebody else loads it, try again",
                partly_done=partly,
            ) from error
        except CoreError as error:
            raise ApiError(Problem.CORE_FAILED, f"{where}: {error}", partly_done=partly) from error
    return operations.LoadPositionsResponse(lsn=lsn, loaded=len(request.positions) - rows, loaded_before=rows)
