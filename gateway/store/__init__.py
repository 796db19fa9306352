"""The database: a projection of the journal that is rebuilt at will."""

from gateway.store.engine import DatabaseUrlError, open_engine, password_hidden
from gateway.store.fold import ProjectionError
from gateway.store.projection import WrongJournalError, rebuild
from gateway.store.projector import Projector, ProjectorSettings, ProjectorSnapshot, ProjectorState
from gateway.store.source import EventBatch, EventSource

__all__ = [
    "DatabaseUrlError",
    "EventBatch",
    "EventSource",
    "ProjectionError",
    "Projector",
    "ProjectorSettings",
    "ProjectorSnapshot",
    "ProjectorState",
    "WrongJournalError",
    "open_engine",
    "password_hidden",
    "rebuild",
]
