"""Read the configuration file: settings, or every problem in it with its line and column."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.config.access_consistency import server_tls_faults
from gateway.config.consistency import Fault, find_faults, near_miss
from gateway.config.dictionaries import DictionaryError, bundled_dictionary, compile_dictionary
from gateway.config.document import Document, parse_document
from gateway.config.private_file import read_private
from gateway.config.problem import ConfigError, Location, Problem
from gateway.config.scalars import Context
from gateway.config.settings import DICTIONARY_NAMES, Settings

__all__ = ["load_settings", "parse_settings"]

FILE_BYTES_MAX = 32 << 20
KEY_FILE_BYTES_MAX = 1 << 20


def load_settings(
    path: Path,
    environ: Mapping[str, str] | None = None,
    *,
    resolve_secrets: bool = True,
    check_dictionaries: bool = False,
) -> Settings:
    """Read a file. Relative paths in it start at its folder. Raises ConfigError with all problems.

    Without `resolve_secrets` the references are checked in form only, so that a file can be checked on a
    machine that has no business to know them; such settings are not fit to run. With `check_dictionaries`
    every dictionary that the file names is compiled once, and every key and certificate is tried, to find
    their faults early.
    """
    try:
        data = path.read_bytes()
        if len(data) > FILE_BYTES_MAX:
            raise ConfigError(
                [_file_problem(path, f"larger than {FILE_BYTES_MAX >> 20} MiB; is this the right file?")]
            )
        text = data.decode("utf-8-sig")
    except FileNotFoundError as error:
        message = "there is no such file; `gateway init DIR` writes one to start from"
        raise ConfigError([_file_problem(path, message)]) from error
    except OSError as error:
        raise ConfigError([_file_problem(path, f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError([Problem(str(path), line, 1, "", "not UTF-8 text; save it as UTF-8")]) from error
    directory = path.absolute().parent
    context = Context(directory, os.environ if environ is None else environ, resolve_secrets)
    return parse_settings(text, str(path), context, check_dictionaries=check_dictionaries)


def parse_settings(
    text: str, name: str, context: Context | None = None, *, check_dictionaries: bool = False
) -> Settings:
    """Check a file's text; `name` stands in the problems."""
    document = parse_document(text, name)
    problems = list(document.problems)
    problems.extend(
        document.problem_at(location, message) for location, message in find_faults(document.root)
    )
    known = {(problem.line, problem.column) for problem in document.problems}
    settings = None
    try:
        settings = Settings.model_validate(document.root, context=context or Context())
    except ValidationError as error:
        found = (_describe(fault, document) for fault in error.errors() if not _is_echo(fault))
        problems.extend(problem for problem in found if (problem.line, problem.column) not in known)
    if settings is not None and check_dictionaries:
        problems.extend(document.problem_at(*fault) for fault in _dictionary_faults(settings))
        problems.extend(document.problem_at(*fault) for fault in _server_tls_faults(settings))
        problems.extend(document.problem_at(*fault) for fault in _session_key_faults(settings))
        if context is None or context.resolve_secrets:
            problems.extend(document.problem_at(*fault) for fault in _credential_faults(settings))
    if problems or settings is None:
        raise ConfigError(problems)
    return settings


def _file_problem(path: Path, message: str) -> Problem:
    return Problem(str(path), 1, 1, "", message)


def _dictionary_faults(settings: Settings) -> Iterator[Fault]:
    named: list[tuple[Location, Path, Path | None]] = [
        (("dictionaries", name), path, None)
        for name in DICTIONARY_NAMES
        if (path := settings.dictionaries.of(name)) is not None
    ]
    for index, session in enumerate(settings.sessions):
        version = session.application_version or session.begin_string
        for part, name, dictionary, overlay in (
            ("session", "FIXT.1.1", session.session_dictionary, session.session_overlay),
            ("application", version, session.application_dictionary, session.application_overlay),
        ):
            if dictionary is not None:
                named.append((("sessions", index, f"{part}_dictionary"), dictionary, None))
            if overlay is not None:
                base = dictionary or settings.dictionaries.of(name) or bundled_dictionary(name)
                named.append((("sessions", index, f"{part}_overlay"), base, overlay))
    for location, path, overlay in named:
        try:
            compile_dictionary(path, overlay)
        except DictionaryError as error:
            yield location, str(error)


def _server_tls_faults(settings: Settings) -> Iterator[Fault]:
    for section, tls in (("api", settings.api.tls), ("monitor", settings.monitor.tls)):
        if tls is not None:
            for key, fault in server_tls_faults(tls):
                yield (section, "tls", key), fault


def _session_key_faults(settings: Settings) -> Iterator[Fault]:
    for index, session in enumerate(settings.sessions):
        if session.tls is not None and session.tls.private_key is not None:
            try:
                read_private(session.tls.private_key, KEY_FILE_BYTES_MAX)
            except ValueError as error:
                yield ("sessions", index, "tls", "private_key"), str(error)


def _credential_faults(settings: Settings) -> Iterator[Fault]:
    from gateway.config.core_credentials import CredentialError, core_credentials  # loads the core
    from gateway.config.core_network import session_tls

    for index, session in enumerate(settings.sessions):
        for key, convert in (("name", core_credentials), ("tls", session_tls)):
            try:
                convert(session)
            except CredentialError as error:
                yield ("sessions", index, key), str(error)


def _is_echo(fault: ErrorDetails) -> bool:
    """Tell whether a list counts as too short only because its entries were refused."""
    return fault["type"] == "too_short" and bool(fault["input"])


def _describe(fault: ErrorDetails, document: Document) -> Problem:
    """Say in our words what pydantic found."""
    location: Location = tuple(fault["loc"])
    kind = fault["type"]
    if kind == "extra_forbidden":
        key, allowed = str(location[-1]), _keys_of(_model_at(location[:-1]))
        message = f"unknown key '{key}'{near_miss(key, allowed)} (allowed here: {', '.join(allowed)})"
        return document.problem_at(location, message, at_key=True)
    if kind == "missing":
        return document.problem_at(location, f"is required and missing; add {_example(location)}")
    return document.problem_at(location, _WORDS.get(kind, _other)(fault))


def _other(fault: ErrorDetails) -> str:
    message = fault["msg"]
    return message[:1].lower() + message[1:]


def _literal(fault: ErrorDetails) -> str:
    given = fault["input"]
    allowed = [part.strip("'") for part in str(fault["ctx"]["expected"]).replace(" or ", ", ").split(", ")]
    if not isinstance(given, str):
        return f"expected one of {', '.join(allowed)}, found {_kind_of(given)}"
    return f"expected one of {', '.join(allowed)}, was {given!r}{near_miss(given, allowed)}"


def _keys_expected(fault: ErrorDetails) -> str:
    keys = _keys_of(_model_at(tuple(fault["loc"])))
    return f"expected keys and values ({', '.join(keys)}), found {_kind_of(fault['input'])}"


_WORDS: dict[str, Callable[[ErrorDetails], str]] = {
    "refused": lambda fault: str(fault["msg"]),
    "literal_error": _literal,
    "model_type": _keys_expected,
    "model_attributes_type": _keys_expected,
    "tuple_type": lambda fault: (
        f"expected a list (lines that start with '- '), found {_kind_of(fault['input'])}"
    ),
    "too_short": lambda fault: "expected at least one entry, found an empty list; add one",
}


def _kind_of(value: Any) -> str:
    if isinstance(value, str):
        return f"the text {value!r}" if len(value) <= 40 else "text"
    return (
        "keys and values" if isinstance(value, dict) else "a list" if isinstance(value, list) else "nothing"
    )


def _example(location: Location) -> str:
    key = location[-1]
    field = _model_at(location[:-1]).model_fields.get(str(key))
    if field is None:
        return f"`{key}:`"
    said = (field.description or "").split(". ")[0].rstrip(".")
    return (
        f"`{key}:` ({said[:1].lower() + said[1:] if said[1:2].islower() else said})" if said else f"`{key}:`"
    )


def _keys_of(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_at(location: Location) -> type[BaseModel]:
    """Follow keys from the root to the model that they lead to."""
    model: type[BaseModel] = Settings
    for part in location:
        field = model.model_fields.get(str(part))
        found = _model_in(field.annotation) if field is not None else None
        model = found or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part)) is not None), None)
