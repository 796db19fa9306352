"""Overrides of one order in the test double against the real thing: the same scenario gives the same."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.api import ClientAccess, create_server
from gateway.api.rights import ALL_RIGHTS
from gateway.client import AsyncClient
from gateway.client.testing import FakeGateway
from gateway.core import _core
from gateway.risk.limits.desk import ApprovalTerms, LimitDesk
from tests.integration.api.override_scenarios import (
    APPROVED_SCENARIOS,
    OVERRIDE_SCENARIOS,
    SIZE,
    OverridePlay,
    OverrideStage,
)
from tests.integration.api.stage import QUICK, FakeStage, Stage, real_stage
from tests.integration.api.support import Gateway, Venue
from tests.integration.api.test_fake_contract import played

OFFICER = "beta"
SCENARIOS = [(play, False) for play in OVERRIDE_SCENARIOS] + [(play, True) for play in APPROVED_SCENARIOS]


class GatewayWithLimits(Gateway):
    """Whose limits clients change, and that has a client who sees everything and may approve."""

    def __init__(self, journal: Path, venue_port: int, *, approval: bool) -> None:
        super().__init__(journal, venue_port)
        self._approval = approval
        officer = ClientAccess(accounts=frozenset({"A1", "A2", "B1"}), rights=ALL_RIGHTS)
        self.settings = replace(self.settings, clients={**self.settings.clients, OFFICER: officer})

    async def start_unready(self) -> None:
        self.core = _core.Gateway(self._core_settings())
        self.core.start()
        terms = ApprovalTerms(required=self._approval)
        desk = LimitDesk(self.core, terms, self._journal / "limits.json", now_ns=self.now_ns)
        settings = replace(self.settings, port=self.port)
        self.server = create_server(self.core, settings, now_ns=self.now_ns, limit_desk=desk)
        self.port = await self.server.start()


@asynccontextmanager
async def fake_override_stage(*, approval: bool) -> AsyncIterator[OverrideStage]:
    gateway = FakeGateway()
    if approval:
        gateway.set_limits(SIZE)
        gateway.require_approval()
    async with (
        gateway.client("alpha", account="A1", strategy="test", settings=QUICK) as client,
        gateway.client(OFFICER, account="A1", strategy="none", settings=QUICK) as officer,
    ):
        yield OverrideStage(FakeStage(gateway, client), officer)


@asynccontextmanager
async def real_override_stage(gateway: Gateway, *, approval: bool) -> AsyncIterator[OverrideStage]:
    async with (
        real_stage(gateway) as stage,
        AsyncClient(gateway.target, client=OFFICER, account="A1", strategy="none") as officer,
    ):
        if approval:
            await officer.set_limits([SIZE], "test")
        yield OverrideStage(stage, officer)


@pytest.mark.parametrize(("scenario", "approval"), SCENARIOS, ids=lambda each: getattr(each, "__name__", ""))
async def test_override_does_the_same_at_the_fake_gateway_and_the_real_one(
    venue: Venue, tmp_path: Path, scenario: OverridePlay, approval: bool
) -> None:
    gateway = GatewayWithLimits(tmp_path / "journal", venue.port, approval=approval)
    await gateway.start()
    try:
        async with fake_override_stage(approval=approval) as stage:
            fake = await outcome_of(scenario, stage)
        async with real_override_stage(gateway, approval=approval) as stage:
            real = await outcome_of(scenario, stage)
    finally:
        await gateway.stop()
    assert fake[0] == real[0]
    assert fake[1] == real[1]


async def outcome_of(scenario: OverridePlay, at: OverrideStage) -> tuple[str, list[str]]:
    """What came of it, and its events but for the sets of limits: of those each side has others besides."""

    async def play(_: Stage) -> object:
        return await scenario(at)

    return await played(play, at.stage)
