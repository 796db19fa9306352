"""Find, compile and cache FIX dictionaries.

A dictionary is an XML file in the QuickFIX format: one of the bundled ones, or a broker's. The core loads a
compact binary form of it, which is compiled here once and kept in a cache folder under the hash of
everything it was made from: a changed file, overlay or compiler never meets a stale cache entry, and
nothing has to be cleared by hand.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from gateway.config.dictionary_blob import FORMAT_VERSION, is_intact, pack
from gateway.config.dictionary_xml import DictionaryError, parse_dictionary
from gateway.config.old_types import widen_old_types

__all__ = ["DictionaryError", "bundled_dictionary", "bundled_names", "compile_dictionary", "load_dictionary"]

# Raise it whenever the same XML would compile to other bytes.
COMPILER_REVISION = 3


def bundled_names() -> list[str]:
    """Name the dictionaries that come with the gateway, such as `FIX44`, sorted."""
    return sorted(path.stem for path in _bundled_folder().glob("*.xml"))


def bundled_dictionary(name: str) -> Path:
    """Return the file of a bundled dictionary, named as its file (`FIX44`) or as on the wire (`FIX.4.4`).

    Raises:
        DictionaryError: there is no such dictionary.
    """
    stem = name.replace(".", "")
    if stem not in bundled_names():
        raise DictionaryError(
            f"expected one of the dictionaries {', '.join(bundled_names())}, was {name!r}; "
            "choose one, or give the path of an XML file"
        )
    return _bundled_folder() / f"{stem}.xml"


def compile_dictionary(xml_path: Path, overlay: Path | None = None, *, strict_types: bool = True) -> bytes:
    """Compile a dictionary, changed by a venue's overlay if there is one, into the form that the core loads.

    Without `strict_types`, quantities and identifiers of FIX 4.0 and 4.1 have the types of FIX 4.2, before the overlay
    is applied.

    Raises:
        DictionaryError: a file cannot be read, or is not a usable dictionary or overlay.
    """
    return _compile(xml_path, _read(xml_path), overlay, _read(overlay) if overlay else b"", strict_types)


def load_dictionary(
    xml_path: Path, cache_dir: Path, overlay: Path | None = None, *, strict_types: bool = True
) -> bytes:
    """Return what `compile_dictionary` returns, from the cache if it is there.

    A damaged cache entry is compiled again. `cache_dir` is made if it is missing; entries are written
    atomically, so several processes may share it.

    Raises:
        DictionaryError: as `compile_dictionary`.
        OSError: the cache folder cannot be written.
    """
    text = _read(xml_path)
    overlay_text = _read(overlay) if overlay else b""
    digest = hashlib.sha256(f"{FORMAT_VERSION}.{COMPILER_REVISION}.{len(text)}.{strict_types}.".encode())
    digest.update(text)
    digest.update(overlay_text)
    entry = cache_dir / f"{xml_path.stem}-{digest.hexdigest()[:32]}.dictionary"
    try:
        blob = entry.read_bytes()
    except FileNotFoundError:
        blob = b""
    if is_intact(blob):
        return blob
    blob = _compile(xml_path, text, overlay, overlay_text, strict_types)
    cache_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=cache_dir, prefix=".writing-", delete=False) as file:
        try:
            file.write(blob)
            file.close()
            os.replace(file.name, entry)
        except BaseException:
            os.unlink(file.name)
            raise
    return blob


def _compile(
    xml_path: Path, text: bytes, overlay: Path | None, overlay_text: bytes, strict_types: bool
) -> bytes:
    model = parse_dictionary(text, xml_path)
    if not strict_types:
        widen_old_types(model)
    if overlay is not None:
        # Here, because the build compiles dictionaries with nothing but the standard library.
        from gateway.config.dictionary_overlay import apply_overlay

        apply_overlay(model, overlay_text, overlay)
    return pack(model)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DictionaryError(
            f"expected a readable dictionary file, was {error.strerror} ({path}); correct the path"
        ) from error


def _bundled_folder() -> Path:
    """The folder inside an installed wheel, or the one beside the package in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "fix_specs"
    return installed if installed.is_dir() else package.parent / "fix_specs"
