"""What the gateway tells of itself."""

from collections.abc import AsyncIterator

import grpc
import grpc.aio
import pytest

from gateway.api.admin import AdminFacts
from gateway.config.shown import ShownValue
from gateway.v1 import admin_pb2 as admin
from tests.integration.api.support import Gateway, RawClient

VALUES = [
    ShownValue("api.bind", "127.0.0.1:1", given=True),
    ShownValue("a.key", "***", given=False, secret=True),
]
PARTS = [("loop", "ok", "ticking"), ("projector", "degraded", "behind")]


@pytest.fixture
async def told(gateway: Gateway) -> AsyncIterator[RawClient]:
    await gateway.stop()
    gateway.facts = AdminFacts(version="1.2.3", parts=lambda: PARTS, settings=lambda: VALUES, file="g.yaml")
    await gateway.start()
    async with grpc.aio.insecure_channel(gateway.target) as channel:
        yield RawClient(channel)


async def test_version_names_the_gateway_and_its_journal(told: RawClient, gateway: Gateway) -> None:
    answer = admin.GetVersionResponse.FromString(await told.call("gateway.v1.Admin/GetVersion", b""))
    assert (answer.version, answer.api) == ("1.2.3", "gateway.v1")
    assert answer.journal_id == gateway.core.journal_id()
    assert (answer.client, list(answer.rights)) == ("alpha", ["admin", "cancel", "read", "risk", "trade"])
    assert 0 < answer.started.ToNanoseconds() <= answer.now.ToNanoseconds()


async def test_health_has_every_part_and_the_cores_counters(told: RawClient) -> None:
    answer = admin.GetHealthResponse.FromString(await told.call("gateway.v1.Admin/GetHealth", b""))
    assert answer.ready
    assert [(part.name, part.status) for part in answer.parts] == [
        ("loop", admin.PART_STATUS_OK),
        ("projector", admin.PART_STATUS_DEGRADED),
    ]
    assert {metric.name for metric in answer.metrics} >= {"orders_open", "journal_committed_lsn"}
    assert answer.newest_lsn >= answer.oldest_lsn > 0


async def test_configuration_shows_where_values_come_from(told: RawClient) -> None:
    data = await told.call("gateway.v1.Admin/GetConfiguration", b"")
    answer = admin.GetConfigurationResponse.FromString(data)
    assert answer.file == "g.yaml"
    assert [(value.path, value.value, value.source, value.secret) for value in answer.values] == [
        ("api.bind", "127.0.0.1:1", admin.VALUE_SOURCE_GIVEN, False),
        ("a.key", "***", admin.VALUE_SOURCE_PRESET, True),
    ]
