"""The thread that keeps the database up with the journal.

It reads a batch, projects it, and reads on; with nothing to read it waits a little. Whatever goes wrong - a
database that is down, slow, full, of another journal, or events that do not fit together - it never skips an
event and never gives up: it waits (twice as long each time, up to a bound, with jitter so that several
gateways do not return at the same moment), reads its position anew and tries again. Meanwhile the events wait
in the journal, which costs nothing.
"""

from __future__ import annotations

import enum
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import sqlalchemy as sa

from gateway.store import schema
from gateway.store.engine import password_hidden
from gateway.store.fold import ProjectionError
from gateway.store.projection import (
    PositionMovedError,
    Projection,
    WrongJournalError,
    journal_id_of,
)
from gateway.store.source import EventSource

__all__ = ["Projector", "ProjectorSettings", "ProjectorSnapshot", "ProjectorState"]

ERROR_TEXT_MAX = 500

_log = logging.getLogger(__name__)


class ProjectorState(enum.Enum):
    """What the projector is doing."""

    STOPPED = "stopped"
    OPENING = "opening"
    RUNNING = "running"
    # The database does not answer, or not as it should: tried again and again.
    RETRYING = "retrying"
    # The database belongs to another journal: tried again, but somebody has to act.
    REFUSED = "refused"
    # The journal's events cannot be projected: tried again, but somebody has to act.
    STUCK = "stuck"


@dataclass(frozen=True, slots=True)
class ProjectorSettings:
    """How the projector reads and waits."""

    # About five hundred events. Larger ones would be quicker by a little, and hold the interpreter, which
    # answers to clients too, for longer at a time.
    batch_bytes: int = 64 * 1024
    idle_wait_s: float = 0.02
    retry_min_s: float = 0.1
    retry_max_s: float = 15.0
    # Bring an older or empty database to this version's schema before projecting into it.
    upgrade: bool = True
    # Only for a journal whose beginning is archived; otherwise it is read from the first event.
    journal_id: str | None = None
    # Called after each transaction, before anybody here knows that it worked.
    committed: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class ProjectorSnapshot:
    """The projector at one moment, for metrics and health."""

    state: ProjectorState
    database: str
    projected_lsn: int
    committed_lsn: int
    events_count: int = 0
    batches_count: int = 0
    failures_count: int = 0
    failures_in_row: int = 0
    # Reports whose cumulative quantity differs from the trades that were projected before them.
    differences_count: int = 0
    busy_ns: int = 0
    last_error: str = ""

    @property
    def lag(self) -> int:
        """Records of the journal that were not looked at yet."""
        return max(0, self.committed_lsn - self.projected_lsn)


class Projector:
    """Projects one journal into one database, on a thread of its own. `snapshot` may be called from any
    thread.
    """

    def __init__(
        self,
        source: EventSource,
        engine: sa.Engine,
        *,
        random: Callable[[], float],
        monotonic_ns: Callable[[], int],
        settings: ProjectorSettings | None = None,
    ) -> None:
        """Prepare; nothing connects. `random` gives numbers in [0, 1) for the jitter."""
        self._source = source
        self._engine = engine
        self._random = random
        self._monotonic_ns = monotonic_ns
        self._settings = settings or ProjectorSettings()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._projection: Projection | None = None
        self._lock = threading.Lock()
        self._snapshot = ProjectorSnapshot(
            ProjectorState.STOPPED, password_hidden(engine.url), projected_lsn=0, committed_lsn=0
        )

    def start(self) -> None:
        """Start the thread; the database need not be there."""
        assert self._thread is None, "a projector starts once"
        self._thread = threading.Thread(target=self._run, name="projector", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> bool:
        """End after the batch under way; False where the database holds the thread beyond the timeout."""
        self._stop.set()
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def snapshot(self) -> ProjectorSnapshot:
        """What it is doing and how far it is."""
        with self._lock:
            return replace(self._snapshot, committed_lsn=self._source.committed_lsn())

    def step(self) -> float:
        """Do one thing: open the database, or project one batch. How many seconds to wait before the next.

        The thread calls this; a test may call it instead of starting the thread.
        """
        try:
            return self._advance()
        except PositionMovedError as error:
            return self._fail(ProjectorState.RETRYING, error)
        except WrongJournalError as error:
            return self._fail(ProjectorState.REFUSED, error)
        except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError, OSError) as error:
            return self._fail(ProjectorState.RETRYING, error)
        except Exception as error:
            # Not only ProjectionError and the like: even a mistake in this program must not end the thread,
            # because then nobody would try again after it was mended by hand.
            if not isinstance(error, (ProjectionError, schema.SchemaError, ValueError, sa.exc.DBAPIError)):
                _log.exception("the projector met an error that it does not know")
            return self._fail(ProjectorState.STUCK, error)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                wait_s = self.step()
                if wait_s > 0:
                    self._stop.wait(wait_s)
        finally:
            self._engine.dispose()
            self._change(state=ProjectorState.STOPPED)

    def _advance(self) -> float:
        if self._projection is None:
            return self._open()
        batch = self._source.events(self._projection.lsn, None, self._settings.batch_bytes)
        started_ns = self._monotonic_ns()
        applied = self._projection.apply(batch)
        snapshot = self._snapshot
        # Only now is it running again: before every try of a batch that cannot be projected, the database
        # opens all the same.
        self._change(
            state=ProjectorState.RUNNING, projected_lsn=self._projection.lsn, failures_in_row=0, last_error=""
        )
        if not applied.events_count:
            return 0.0 if batch.resume_lsn < self._source.committed_lsn() else self._settings.idle_wait_s
        self._change(
            events_count=snapshot.events_count + applied.events_count,
            batches_count=snapshot.batches_count + 1,
            differences_count=snapshot.differences_count + applied.differences_count,
            busy_ns=snapshot.busy_ns + self._monotonic_ns() - started_ns,
        )
        return 0.0

    def _open(self) -> float:
        if self._snapshot.state is ProjectorState.STOPPED:
            self._change(state=ProjectorState.OPENING)
        if self._settings.upgrade:
            schema.upgrade_engine(self._engine)
        journal_id = self._settings.journal_id or journal_id_of(self._source)
        if journal_id is None:
            return self._settings.idle_wait_s
        projection = Projection(self._engine, journal_id, self._settings.committed)
        projection.open(self._source)
        self._projection = projection
        _log.info(
            "projecting journal %s after lsn %d into %s", journal_id, projection.lsn, self._snapshot.database
        )
        self._change(projected_lsn=projection.lsn)
        return 0.0

    def _fail(self, state: ProjectorState, error: Exception) -> float:
        snapshot = self._snapshot
        text = error_text(error)
        if snapshot.state is not state:
            _log.warning("projector %s after lsn %d: %s", state.value, snapshot.projected_lsn, text)
        # The position in the database may be ahead of what is known here: the commit may have worked.
        self._projection = None
        self._engine.dispose()
        failures_in_row = snapshot.failures_in_row + 1
        self._change(
            state=state,
            last_error=text,
            failures_count=snapshot.failures_count + 1,
            failures_in_row=failures_in_row,
        )
        settings = self._settings
        # The exponent is bounded, or it would overflow a float in a database outage of some minutes.
        bound_s = min(settings.retry_max_s, settings.retry_min_s * float(1 << min(failures_in_row - 1, 30)))
        return bound_s * (0.5 + self._random() / 2)

    def _change(self, **changes: object) -> None:
        with self._lock:
            self._snapshot = replace(self._snapshot, **changes)  # type: ignore[arg-type]


def error_text(error: Exception) -> str:
    """Say what went wrong in a line, without the statement and its values that SQLAlchemy appends."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig is not None else error
    text = " ".join(str(cause).split()) or type(cause).__name__
    return text[:ERROR_TEXT_MAX]
