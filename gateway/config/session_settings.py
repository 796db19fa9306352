"""What a FIX session and the dictionaries are set by."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, SecretStr

from gateway.config.credentials import (
    PasswordChangeSettings,
    PasswordEncryptionSettings,
    SigningSettings,
)
from gateway.config.network import (
    HostPort,
    IpNetwork,
    Return,
    ReturnToFirst,
    SocketSettings,
    TlsSettings,
)
from gateway.config.scalars import (
    Address,
    Duration,
    FilePath,
    Flag,
    Integer,
    Name,
    Size,
    Text,
)
from gateway.config.schedule_settings import ScheduleSettings
from gateway.config.secrets import Secret
from gateway.config.section import Section as _Section
from gateway.config.session_sections import (
    HeaderFieldSettings,
    LogonFieldSettings,
    Tag,
    ThrottleSettings,
    ValidationSettings,
)

__all__ = ["DICTIONARY_NAMES", "DictionarySettings", "SessionSettings", "secret_tags"]

BeginString = Literal["FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4", "FIXT.1.1"]
ApplicationVersion = Literal[
    "FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4", "FIX.5.0", "FIX.5.0SP1", "FIX.5.0SP2"
]
TimestampPrecision = Literal["seconds", "milliseconds", "microseconds", "nanoseconds"]
DICTIONARY_NAMES: tuple[str, ...] = (*get_args(ApplicationVersion), "FIXT.1.1")

_CompId = Annotated[str, Text("a CompID", r"[!-~]{1,64}", "1 to 64 printable characters without spaces")]
_SubId = Annotated[str, Text("a text", r"[!-~]([ -~]{0,62}[!-~])?", "1 to 64 printable characters")]
_Host = Annotated[str, Text("a host", r"[A-Za-z0-9:._-]{1,253}", "a name or an IP address")]
_Username = Annotated[str, Text("a user name", r"[ -~]{1,64}", "1 to 64 printable characters")]
_ExistingFile = Annotated[Path, FilePath(must_exist=True)]
_Boolean = Annotated[bool, Flag()]


class DictionarySettings(_Section):
    """Dictionaries in place of the bundled ones, for all sessions of a version: QuickFIX's XML."""

    fix_4_0: Annotated[_ExistingFile | None, Field(alias="FIX.4.0")] = None
    """Messages of FIX 4.0."""
    fix_4_1: Annotated[_ExistingFile | None, Field(alias="FIX.4.1")] = None
    """Messages of FIX 4.1."""
    fix_4_2: Annotated[_ExistingFile | None, Field(alias="FIX.4.2")] = None
    """Messages of FIX 4.2."""
    fix_4_3: Annotated[_ExistingFile | None, Field(alias="FIX.4.3")] = None
    """Messages of FIX 4.3."""
    fix_4_4: Annotated[_ExistingFile | None, Field(alias="FIX.4.4")] = None
    """Messages of FIX 4.4."""
    fix_5_0: Annotated[_ExistingFile | None, Field(alias="FIX.5.0")] = None
    """Application messages of FIX 5.0."""
    fix_5_0_sp1: Annotated[_ExistingFile | None, Field(alias="FIX.5.0SP1")] = None
    """Application messages of FIX 5.0 SP1."""
    fix_5_0_sp2: Annotated[_ExistingFile | None, Field(alias="FIX.5.0SP2")] = None
    """Application messages of FIX 5.0 SP2."""
    fixt_1_1: Annotated[_ExistingFile | None, Field(alias="FIXT.1.1")] = None
    """Session messages of FIXT 1.1."""

    def of(self, name: str) -> Path | None:
        """Give the override of one of DICTIONARY_NAMES."""
        keys = {field.alias: key for key, field in type(self).model_fields.items()}
        path: Path | None = getattr(self, keys[name])
        return path


class SessionSettings(_Section):
    """One FIX session with a counterparty."""

    name: Annotated[str, Name("a session's name")]
    """How the rest of this file, the API and the journal call it. Keep it: sequence numbers hang on it."""
    role: Literal["initiator", "acceptor"] = "initiator"
    """Who connects: the gateway (initiator) or the counterparty (acceptor)."""
    kind: Literal["order", "drop_copy"] = "order"
    """Orders go by it (order), or copies of what venues report on other sessions come by it (drop_copy)."""
    begin_string: BeginString
    """BeginString(8)."""
    application_version: ApplicationVersion | None = None
    """DefaultApplVerID(1137), by name; for FIXT.1.1 only, and needed there."""
    sender_comp_id: _CompId
    """SenderCompID(49): the gateway."""
    target_comp_id: _CompId
    """TargetCompID(56): the counterparty."""
    host: _Host
    """Initiator: where to connect. Acceptor: the address to listen on."""
    port: Annotated[int, Integer(0, 65_535)]
    """TCP port. Acceptor: 0 for any free one."""
    heartbeat_interval: Annotated[timedelta, Duration("1s", "10m", multiple="1s")] = timedelta(seconds=30)
    """HeartBtInt(108), in whole seconds."""
    username: _Username | None = None
    """Username(553): of our Logon; for an acceptor, what the counterparty's must carry."""
    password: Annotated[SecretStr, Secret()] | None = None
    """Password(554), by reference, ${env:NAME} or ${file:PATH}: of our Logon, or of the counterparty's."""
    signing: SigningSettings = SigningSettings()
    password_change: PasswordChangeSettings = PasswordChangeSettings()
    password_encryption: PasswordEncryptionSettings = PasswordEncryptionSettings()
    logon_fields: tuple[LogonFieldSettings, ...] = ()
    """Further fields of the Logon."""
    logon_timeout: Annotated[timedelta, Duration("1s", "5m")] = timedelta(seconds=10)
    """How long the Logon, or its answer, is waited for before the connection ends."""
    logout_timeout: Annotated[timedelta, Duration("100ms", "1m")] = timedelta(seconds=2)
    """How long the answer to our Logout is waited for before the connection ends."""
    sender_sub_id: _SubId | None = None
    """SenderSubID(50)."""
    sender_location_id: _SubId | None = None
    """SenderLocationID(142)."""
    target_sub_id: _SubId | None = None
    """TargetSubID(57)."""
    target_location_id: _SubId | None = None
    """TargetLocationID(143)."""
    header_fields: Annotated[tuple[HeaderFieldSettings, ...], Field(max_length=8)] = ()
    """Further fields of every header."""
    header_tags: tuple[Tag, ...] = ()
    """Tags that the counterparty puts into its headers, beside those of the standard."""
    redact: tuple[Tag, ...] = ()
    """Fields that are secrets beside 96, 554, 925, 1402 and 1404: blanked wherever a message is kept or shown."""
    reset_on_logon: _Boolean = False
    """Start both sequences at 1 at every Logon (141=Y). Resends are lost: only where it must be."""
    reset_on_logout: _Boolean = False
    """Start both sequences at 1 after a Logout. Resends are lost: only where it must be."""
    reset_on_disconnect: _Boolean = False
    """Start both sequences at 1 whenever the connection ends. Resends are lost: only where it must be."""
    reset_on_error: _Boolean = False
    """After a Logon whose sequence number is too low, ask for a reset at the next. Resends are lost."""
    accept_reset: _Boolean = True
    """Agree when the counterparty's Logon asks for a reset (141=Y)."""
    next_expected_msg_seq_num: _Boolean = False
    """NextExpectedMsgSeqNum(789) in the Logons: what is missing is resent without being asked. From FIX 4.4."""
    last_msg_seq_num_processed: _Boolean = False
    """LastMsgSeqNumProcessed(369) in every header. From FIX 4.2."""
    check_comp_ids: _Boolean = True
    """End the session when a message carries other CompIDs."""
    require_orig_sending_time: _Boolean = True
    """Reject what is resent (43=Y) without OrigSendingTime(122). A fill that is rejected so does not count."""
    check_sending_time: _Boolean = True
    """End the session when SendingTime(52) is further off than `sending_time_tolerance`."""
    sending_time_tolerance: Annotated[timedelta, Duration("1s", "24h")] = timedelta(minutes=2)
    """How far SendingTime(52) may be from our clock."""
    timestamp_precision: TimestampPrecision = "milliseconds"
    """Decimals of SendingTime(52) and TransactTime(60); FIX 4.0 and 4.1 have seconds in any case."""
    resend_chunk: Annotated[int, Integer(0, 100_000)] = 0
    """Messages asked for by one ResendRequest(2); 0: all that are missing."""
    resend_stall_timeout: Annotated[timedelta, Duration("0ms", "1h")] = timedelta(minutes=1)
    """Ask again when a gap makes no progress for so long; 0ms: never."""
    resend_slice: Annotated[int, Integer(1, 128)] = 64
    """Messages resent at once in answer to a ResendRequest(2); new ones may go between two slices."""
    kept_messages_max: Annotated[int, Integer(0, 100_000)] = 1_024
    """Messages ahead of a gap that are kept until it is filled; further ones are asked for again."""
    kept_size_max: Annotated[int, Size("64KiB", "64MiB")] = 1 << 20
    """Bytes of those messages."""
    message_size_max: Annotated[int, Size("1KiB", "1MiB")] = 64 << 10
    """Largest message that is taken; a longer one is skipped as garbled."""
    message_fields_max: Annotated[int, Integer(32, 2_048)] = 2_048
    """Fields of one message; more end the session with a Logout that says so."""
    reconnect_min: Annotated[timedelta, Duration("10ms", "10m")] = timedelta(milliseconds=250)
    """Pause before the first attempt to reconnect; it doubles with each that fails."""
    reconnect_max: Annotated[timedelta, Duration("10ms", "1h")] = timedelta(seconds=30)
    """Longest pause between attempts."""
    order_status_requests: _Boolean = True
    """Ask about open orders after a Logon by OrderStatusRequest(H). Off where it is not known."""
    reconcile_timeout: Annotated[timedelta, Duration("100ms", "10m")] = timedelta(seconds=10)
    """How long to wait for those answers before orders stay UNKNOWN and the session takes new ones."""
    resend_orders_max_age: Annotated[timedelta, Duration("0ms", "24h")] = timedelta(seconds=5)
    """An order older than this is not sent late in answer to a ResendRequest: it ends as NOT_SENT."""
    measure_interval: Annotated[timedelta, Duration("0ms", "24h")] = timedelta(minutes=1)
    """How often a TestRequest(1) measures the round trip and the counterparty's clock; 0ms: never."""
    schedule: ScheduleSettings | None = None
    """When it is up; always where not given."""
    backup_hosts: tuple[Annotated[Address, HostPort()], ...] = ()
    """Initiator: where to connect if `host` does not answer, in this order."""
    return_to_first: Annotated[Return, ReturnToFirst()] = Return("at_next_logon")
    """Initiator: when to go back to `host`: never, at_next_logon, or after: a time on a backup."""
    allowed_addresses: tuple[Annotated[str, IpNetwork()], ...] = ()
    """Acceptor: addresses and networks that the counterparty may connect from; any where not given."""
    connect_timeout: Annotated[timedelta, Duration("100ms", "2m")] = timedelta(seconds=10)
    """How long to look for the host's addresses, and then to wait for each to answer."""
    outbound_buffer_size: Annotated[int, Size("64KiB", "1GiB")] = 16 << 20
    """What may wait for a counterparty that does not read. Beyond it the connection is cut."""
    outbound_stall_timeout: Annotated[timedelta, Duration("100ms", "1h")] = timedelta(seconds=30)
    """How long some of it may wait without the counterparty taking a byte. Then the connection is cut."""
    tls: TlsSettings | None = None
    """TLS; plain text where the section is not there."""
    socket: SocketSettings = SocketSettings()
    """TCP."""
    session_dictionary: _ExistingFile | None = None
    """The counterparty's own dictionary of Logon, Heartbeat and so on; for FIXT.1.1 only."""
    application_dictionary: _ExistingFile | None = None
    """The counterparty's own dictionary of orders and reports, as QuickFIX data-dictionary XML."""
    session_overlay: _ExistingFile | None = None
    """What the counterparty adds to or changes in the dictionary of session messages; FIXT.1.1 only."""
    application_overlay: _ExistingFile | None = None
    """What the counterparty adds to or changes in the dictionary of orders and reports, as YAML."""
    throttle: ThrottleSettings = ThrottleSettings()
    validation: ValidationSettings = ValidationSettings()


def secret_tags(session: SessionSettings) -> frozenset[int]:
    """Tags of the fields that are secrets in this session, beside those that are in every one."""
    tags = {*session.redact, *(each.tag for each in session.logon_fields if each.secret is not None)}
    if session.signing.algorithm != "none":
        tags |= {session.signing.field, *session.signing.further_fields}
    return frozenset(tags)
