import pytest

from gateway.api.errors import ApiError, Problem
from gateway.api.identity import Caller, MetadataIdentity

IDENTIFY = MetadataIdentity({"alpha": frozenset({"A1", "A2"})})


def test_identity_configured_client_is_the_caller_with_its_accounts() -> None:
    assert IDENTIFY({"client": "alpha"}, "ipv4:127.0.0.1:1") == Caller("alpha", frozenset({"A1", "A2"}))


@pytest.mark.parametrize("metadata", [{}, {"client": ""}, {"Client": "alpha"}])
def test_identity_missing_says_which_key_to_send(metadata: dict[str, str | bytes]) -> None:
    with pytest.raises(ApiError, match="'client'") as refusal:
        IDENTIFY(metadata, "ipv4:127.0.0.1:1")
    assert refusal.value.problem is Problem.NO_IDENTITY


@pytest.mark.parametrize("name", ["beta", "ALPHA", "alpha ", b"alpha"])
def test_identity_unknown_client_is_named_in_the_refusal(name: str | bytes) -> None:
    with pytest.raises(ApiError, match="configured client") as refusal:
        IDENTIFY({"client": name}, "ipv4:127.0.0.1:1")
    assert refusal.value.problem is Problem.UNKNOWN_CLIENT
    assert repr(name) in refusal.value.text
