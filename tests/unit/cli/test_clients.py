"""`gateway client add`: the token works with the lines that are printed, and is in none of them."""

import json

import yaml

from gateway.api.identity import token_digest
from gateway.cli.failure import ExitCode
from gateway.config.settings import ClientSettings
from tests.unit.cli.cli_runner import gateway


def test_printed_lines_are_a_client_whose_token_it_is() -> None:
    printed = gateway("client", "add", "desk", "--account", "A1", "--account", "A2").out
    token = printed.splitlines()[1].strip()
    lines = printed[printed.index("  - name") :]
    (entry,) = yaml.safe_load(lines)
    client = ClientSettings.model_validate(entry)
    assert (client.name, client.accounts) == ("desk", ("A1", "A2"))
    assert client.token_hashes == (f"sha256:{token_digest(token).hex()}",)
    assert token not in lines


def test_every_token_is_another_one_of_256_bits() -> None:
    tokens = {json.loads(gateway("client", "add", "desk", "--json").out)["token"] for _ in range(20)}
    assert len(tokens) == 20
    assert {len(token) for token in tokens} == {43}  # 32 bytes in base64 without padding


def test_name_that_the_configuration_would_not_take_is_refused() -> None:
    result = gateway("client", "add", "two words")
    assert result.code == ExitCode.USAGE
    assert "'two words'" in result.err
