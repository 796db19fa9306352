"""Who calls: what is believed or proved, and what is said where it is not."""

import hashlib
from collections.abc import Mapping

import pytest

from gateway.api.errors import ApiError, Problem
from gateway.api.identity import ClientDirectory, certificate_names, token_digest
from gateway.api.rights import ALL_RIGHTS, Caller, ClientAccess

NOBODY: frozenset[str] = frozenset()
ALPHA = ClientAccess(
    accounts=frozenset({"A1", "A2"}),
    rights=frozenset({"read"}),
    strategies=frozenset({"s"}),
    token_hashes=frozenset({token_digest("old"), token_digest("new")}),
    certificate_names=frozenset({"DNS:alpha.desk", "URI:spiffe://desk/alpha"}),
)
BETA = ClientAccess(
    accounts=frozenset({"B1"}),
    token_hashes=frozenset({token_digest("beta's")}),
    certificate_names=frozenset({"DNS:beta.desk"}),
)
CLIENTS = {"alpha": ALPHA, "beta": BETA}
BY_NAME = ClientDirectory(CLIENTS, "name")
BY_TOKEN = ClientDirectory(CLIENTS, "token")
BY_CERTIFICATE = ClientDirectory(CLIENTS, "certificate")


def test_configured_name_is_the_caller_with_what_it_may_do() -> None:
    caller = BY_NAME({"client": "alpha"}, NOBODY)
    assert caller == Caller(
        "alpha", ALPHA.accounts, frozenset({"read"}), frozenset({"s"}), frozenset({"alpha"})
    )


@pytest.mark.parametrize("metadata", [{}, {"client": ""}, {"Client": "alpha"}])
def test_missing_name_says_which_key_to_send(metadata: Mapping[str, str | bytes]) -> None:
    with pytest.raises(ApiError, match="'client'") as refusal:
        BY_NAME(metadata, NOBODY)
    assert refusal.value.problem is Problem.NO_IDENTITY


@pytest.mark.parametrize("name", ["gamma", "ALPHA", "alpha ", b"alpha"])
def test_unknown_name_is_in_the_refusal(name: str | bytes) -> None:
    with pytest.raises(ApiError, match="configured client") as refusal:
        BY_NAME({"client": name}, NOBODY)
    assert refusal.value.problem is Problem.UNKNOWN_CLIENT
    assert repr(name) in refusal.value.text


@pytest.mark.parametrize("value", ["Bearer old", "bearer new", "BEARER  new "])
def test_each_token_of_a_client_is_its_own(value: str) -> None:
    assert BY_TOKEN({"authorization": value}, NOBODY).client == "alpha"


@pytest.mark.parametrize(
    ("metadata", "problem"),
    [
        ({}, Problem.NO_IDENTITY),
        ({"client": "alpha"}, Problem.NO_IDENTITY),
        ({"authorization": "old"}, Problem.NO_IDENTITY),
        ({"authorization": b"Bearer old"}, Problem.NO_IDENTITY),
        ({"authorization": "Bearer "}, Problem.BAD_PROOF),
        ({"authorization": "Bearer OLD"}, Problem.BAD_PROOF),
        ({"authorization": f"Bearer {hashlib.sha256(b'old').hexdigest()}"}, Problem.BAD_PROOF),
        ({"authorization": "Bearer beta's", "client": "alpha"}, Problem.BAD_PROOF),
    ],
    ids=str,
)
def test_what_is_no_token_is_refused_without_repeating_it(
    metadata: Mapping[str, str | bytes], problem: Problem
) -> None:
    with pytest.raises(ApiError) as refusal:
        BY_TOKEN(metadata, NOBODY)
    assert refusal.value.problem is problem
    assert "old" not in refusal.value.text.lower()


@pytest.mark.parametrize("name", ALPHA.certificate_names)
def test_certificate_is_known_by_either_name(name: str) -> None:
    assert BY_CERTIFICATE({}, frozenset({name, "DNS:other"})).client == "alpha"


@pytest.mark.parametrize(
    "names",
    [
        set(),
        {"DNS:spiffe://desk/alpha"},
        {"URI:alpha.desk"},
        {"DNS:ALPHA.desk"},
        {"DNS:alpha.desk", "DNS:beta.desk"},
    ],
    ids=str,
)
def test_certificate_of_nobody_or_of_two_is_refused(names: set[str]) -> None:
    with pytest.raises(ApiError, match="one configured client") as refusal:
        BY_CERTIFICATE({"client": "alpha", "authorization": "Bearer old"}, frozenset(names))
    assert refusal.value.problem is Problem.BAD_PROOF


def test_only_dns_and_uri_names_of_a_certificate_count() -> None:
    context = {"peer_dns": [b"a"], "peer_uri": [b"b://c"], "peer_email": [b"d@e"], "x509_common_name": [b"f"]}
    assert certificate_names(context) == {"DNS:a", "URI:b://c"}
    assert certificate_names({}) == NOBODY


def test_replaced_tokens_count_at_once_and_losers_are_told() -> None:
    directory = ClientDirectory(CLIENTS, "token")
    more = ClientAccess(accounts=BETA.accounts, rights=ALL_RIGHTS, token_hashes=BETA.token_hashes)
    fewer = ClientAccess(accounts=ALPHA.accounts, token_hashes=frozenset({token_digest("new")}))
    assert directory.replace({"alpha": fewer, "beta": more}) == ["alpha", "beta"]  # beta: its certificate
    assert directory({"authorization": "Bearer new"}, NOBODY).client == "alpha"
    assert directory({"authorization": "Bearer beta's"}, NOBODY).rights == ALL_RIGHTS
    with pytest.raises(ApiError):
        directory({"authorization": "Bearer old"}, NOBODY)
    assert directory.replace({"alpha": ALPHA, "beta": more}) == ["alpha"]  # it may not trade any more
    assert directory.replace({"alpha": ALPHA, "beta": more}) == []
    assert directory.replace({"alpha": ALPHA}) == ["beta"]


@pytest.mark.parametrize(
    ("directory", "metadata", "may_be"),
    [
        (BY_TOKEN, {"authorization": "Bearer old"}, True),
        (BY_TOKEN, {"authorization": "Bearer wrong"}, False),
        (BY_TOKEN, {"client": "alpha"}, False),
        (BY_CERTIFICATE, {}, True),
    ],
    ids=str,
)
def test_headers_tell_whether_a_call_may_be_a_clients_unless_certificates_do(
    directory: ClientDirectory, metadata: Mapping[str, str | bytes], may_be: bool
) -> None:
    assert directory.is_known(metadata) is may_be
