"""What runs, how it is, and with which settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.api.call import Call
from gateway.api.core_port import Core
from gateway.api.errors import ApiError, Problem
from gateway.api.off_loop import OffLoop
from gateway.config.shown import ShownValue
from gateway.v1 import admin_pb2 as admin

__all__ = ["Admin", "AdminFacts"]

_STATUS = {
    "ok": admin.PART_STATUS_OK,
    "degraded": admin.PART_STATUS_DEGRADED,
    "failed": admin.PART_STATUS_FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminFacts:
    """What the process knows beside the core. The functions may be called from any thread."""

    version: str
    parts: Callable[[], Sequence[tuple[str, str, str]]]
    """Name, status ("ok", "degraded" or "failed") and detail of each part."""
    settings: Callable[[], Sequence[ShownValue]]
    """The configuration in force, without secrets."""
    file: str = ""
    """That it was read from."""


class Admin:
    """Tells about the gateway itself."""

    def __init__(
        self, core: Core, off_loop: OffLoop, facts: AdminFacts | None, now_ns: Callable[[], int]
    ) -> None:
        self._core = core
        self._off_loop = off_loop
        self._facts = facts
        self._now_ns = now_ns
        self._started_ns = now_ns()

    async def get_version(self, call: Call, request: admin.GetVersionRequest) -> admin.GetVersionResponse:
        """Say what runs, and to whom."""
        answer = admin.GetVersionResponse(
            version=self._facts.version if self._facts else "",
            api="gateway.v1",
            journal_id=self._core.journal_id(),
            client=call.caller.client,
            rights=sorted(call.caller.rights),
        )
        answer.started.FromNanoseconds(self._started_ns)
        answer.now.FromNanoseconds(self._now_ns())
        return answer

    async def get_health(self, call: Call, request: admin.GetHealthRequest) -> admin.GetHealthResponse:
        """Say how each part is."""
        facts = self._required_facts()
        parts = await self._off_loop(facts.parts)
        metrics = await self._off_loop(self._core.metrics)
        return admin.GetHealthResponse(
            ready=all(status != "failed" for _, status, _ in parts),
            parts=[
                admin.PartHealth(name=name, status=_STATUS[status], detail=detail)
                for name, status, detail in parts
            ],
            oldest_lsn=self._core.oldest_lsn(),
            newest_lsn=self._core.committed_lsn(),
            metrics=[admin.Metric(name=name, value=value) for name, value in sorted(metrics.items())],
        )

    async def get_configuration(
        self, call: Call, request: admin.GetConfigurationRequest
    ) -> admin.GetConfigurationResponse:
        """Show the configuration in force, without secrets."""
        facts = self._required_facts()
        values = await self._off_loop(facts.settings)
        return admin.GetConfigurationResponse(
            file=facts.file,
            values=[
                admin.ConfigurationValue(
                    path=value.path,
                    value=value.text,
                    source=admin.VALUE_SOURCE_GIVEN if value.given else admin.VALUE_SOURCE_PRESET,
                    secret=value.secret,
                )
                for value in values
            ],
        )

    def _required_facts(self) -> AdminFacts:
        if self._facts is None:
            raise ApiError(Problem.REFUSED, "this gateway was started without its own facts; ask the monitor")
        return self._facts
