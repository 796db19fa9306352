"""The projection of one journal into one database: its identity, its position, and the step forward.

**Exactly once.** A batch's rows and the new position are written in one transaction, which begins by moving
the position from where this process believes it to be. If a process dies before the commit, nothing of the
batch is there; if it dies after it, or the answer to the commit is lost, the position says so when it is read
again. If a second process projects into the same database, one of the two finds the position moved, takes
nothing, and reads it anew.

**One journal.** The database remembers whose projection it is: the prefix of the ClOrdIDs, which every
journal draws once. And since a journal that lost its unsynced tail in a power failure writes other events
under the same lsns, the newest projected event is compared with the journal, byte for byte, before anything
is added to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from gateway.store import schema, tables
from gateway.store.decode import decode_events, name_text, time_ns
from gateway.store.engine import password_hidden, writing
from gateway.store.fold import Fold, ProjectionError
from gateway.store.loading import load_working_set
from gateway.store.source import EventBatch, EventSource

__all__ = ["Applied", "PositionMovedError", "Projection", "WrongJournalError", "journal_id_of", "rebuild"]

PROJECTION_ID = 1
BATCH_BYTES = 256 * 1024


class WrongJournalError(ProjectionError):
    """The database holds the projection of another journal, or of another past of this one."""


class PositionMovedError(ProjectionError):
    """Somebody else moved the projection's position; read it again."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What one batch did."""

    events_count: int
    differences_count: int


def journal_id_of(source: EventSource) -> str | None:
    """Read a journal's identity from its first event; None where the journal is still empty.

    Raises ProjectionError where the journal no longer begins with its first event.
    """
    # From the oldest record on: a cursor that starts before it may find nothing at all.
    after_lsn = max(source.oldest_lsn(), 1) - 1
    batch = source.events(after_lsn, None, 1)
    while not batch.count and after_lsn < batch.resume_lsn < source.committed_lsn():
        after_lsn = batch.resume_lsn
        batch = source.events(after_lsn, None, 1)
    decoded = decode_events(batch.data)
    if not decoded:
        return None
    event = decoded[0][1]
    if event.WhichOneof("body") != "gateway_started":
        raise ProjectionError(
            f"expected the journal to begin with gateway_started, was {event.WhichOneof('body')} at lsn "
            f"{event.lsn}; bring its archived segments back, or name the journal in the settings"
        )
    return name_text(event.gateway_started.cl_ord_id_prefix)


class Projection:
    """Where a journal's projection stands in a database. Not for several threads at once."""

    def __init__(
        self, engine: sa.Engine, journal_id: str, committed: Callable[[], None] = lambda: None
    ) -> None:
        """`committed` is called after each transaction, before anybody here knows that it worked."""
        self._engine = engine
        self._committed = committed
        self._journal_id = journal_id
        self._stored_lsn = 0
        self.lsn = 0

    def open(self, source: EventSource) -> None:
        """Read the position, or start at the beginning. Raises WrongJournalError, SchemaError."""
        with writing(self._engine) as connection:
            schema.check(connection)
            row = connection.execute(sa.select(tables.projection)).one_or_none()
            if row is not None:
                self._check_journal(connection, source, row.journal_id, row.lsn)
            lsn = 0 if row is None else row.lsn
            if lsn + 1 < source.oldest_lsn():
                raise ProjectionError(
                    f"expected the journal from lsn {lsn + 1}, begins at {source.oldest_lsn()}; "
                    "bring its archived segments back, or events are missing in the database"
                )
            if row is None:
                self._begin(connection)
            self.lsn = self._stored_lsn = lsn

    def _begin(self, connection: sa.Connection) -> None:
        connection.execute(
            sa.insert(tables.projection).values(
                projection_id=PROJECTION_ID, journal_id=self._journal_id, lsn=0, events_count=0, updated_ns=0
            )
        )

    def _check_journal(
        self, connection: sa.Connection, source: EventSource, journal_id: str, lsn: int
    ) -> None:
        where = password_hidden(connection.engine.url)
        if journal_id != self._journal_id:
            raise WrongJournalError(
                f"expected the projection of journal {self._journal_id}, was that of {journal_id} ({where}); "
                "point the gateway at the right database, or run `gateway database rebuild`"
            )
        committed_lsn = source.committed_lsn()
        if lsn > committed_lsn:
            raise WrongJournalError(
                f"expected nothing projected after the journal's last lsn {committed_lsn}, was {lsn} "
                f"({where}); the journal lost its end or is an older copy: run `gateway database rebuild`"
            )
        newest = connection.execute(
            sa.select(tables.events.c.lsn, tables.events.c.payload)
            .order_by(tables.events.c.lsn.desc())
            .limit(1)
        ).one_or_none()
        if newest is None or newest.lsn < source.oldest_lsn():
            return
        decoded = decode_events(source.events(newest.lsn - 1, None, 1).data)
        if not decoded or decoded[0][0] != bytes(newest.payload):
            raise WrongJournalError(
                f"expected the event at lsn {newest.lsn} to be the one that was projected, and it differs "
                f"({where}); the journal lost its end and went on: run `gateway database rebuild`"
            )

    def apply(self, batch: EventBatch) -> Applied:
        """Project one batch. Raises ProjectionError, EventDecodeError, and SQLAlchemy's errors."""
        if not batch.count:
            # Nothing to store; the position in the database follows with the next event.
            self.lsn = batch.resume_lsn
            return Applied(0, 0)
        decoded = decode_events(batch.data)
        if (
            len(decoded) != batch.count
            or decoded[0][1].lsn <= self.lsn
            or decoded[-1][1].lsn > batch.resume_lsn
        ):
            raise ProjectionError(
                f"expected {batch.count} events after lsn {self.lsn} and up to {batch.resume_lsn}, was "
                f"{len(decoded)} from {decoded[0][1].lsn} to {decoded[-1][1].lsn}; "
                "run `gateway journal verify`"
            )
        with writing(self._engine) as connection:
            self._move(connection, batch, time_ns(decoded[-1][1].time))
            rows = load_working_set(connection, (event for _, event in decoded))
            fold = Fold(rows)
            for payload, event in decoded:
                fold.apply(payload, event)
            rows.write(connection)
        self._committed()
        self.lsn = self._stored_lsn = batch.resume_lsn
        return Applied(len(decoded), fold.differences_count)

    def _move(self, connection: sa.Connection, batch: EventBatch, updated_ns: int) -> None:
        table = tables.projection
        moved = connection.execute(
            sa.update(table)
            .where(table.c.journal_id == self._journal_id, table.c.lsn == self._stored_lsn)
            .values(
                lsn=batch.resume_lsn, events_count=table.c.events_count + batch.count, updated_ns=updated_ns
            )
        )
        if moved.rowcount != 1:
            raise PositionMovedError(
                f"expected the projection at lsn {self._stored_lsn}, and it has moved "
                f"({password_hidden(connection.engine.url)}); see that only one gateway uses this database"
            )


def rebuild(engine: sa.Engine, source: EventSource, *, journal_id: str | None = None) -> int:
    """Drop every table and project the journal anew, up to its present end; how many events were taken here.

    May be ended at any moment and goes on where it was when a projector opens the database next.
    """
    identity = journal_id or journal_id_of(source)
    if identity is not None and source.oldest_lsn() > 1:
        raise ProjectionError(
            f"expected a journal from lsn 1, begins at {source.oldest_lsn()}; "
            "bring its archived segments back first"
        )
    with writing(engine) as connection:
        tables.metadata.drop_all(connection)
        connection.execute(sa.text("DROP TABLE IF EXISTS alembic_version"))
    schema.upgrade_engine(engine)
    if identity is None:
        return 0
    projection = Projection(engine, identity)
    projection.open(source)
    end_lsn = source.committed_lsn()
    events_count = 0
    while projection.lsn < end_lsn:
        batch = source.events(projection.lsn, None, BATCH_BYTES)
        if batch.resume_lsn <= projection.lsn:
            break
        try:
            events_count += projection.apply(batch).events_count
        except PositionMovedError:
            # A gateway that runs has begun to fill the empty tables too; between them it is done once.
            projection.open(source)
    return events_count
