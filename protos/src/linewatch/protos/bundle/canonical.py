"""Canonical JSON: one message has one sequence of bytes, and so one digest."""

import hashlib
import json
from typing import TypeVar

from google.protobuf import json_format
from google.protobuf.message import Message

from linewatch.protos import bundle_pb2 as pb
from linewatch.protos.bundle.errors import ManifestError
from linewatch.protos.bundle.manifest import Manifest

MessageT = TypeVar("MessageT", bound=Message)


def manifest_bytes(manifest: Manifest) -> bytes:
    """Write `manifest` as canonical JSON.

    Raises:
        ManifestError: a value does not fit its field of the contract.
    """
    try:
        return canonical_bytes(manifest.to_proto())
    except (ValueError, TypeError) as error:
        raise ManifestError(f"a value does not fit the manifest's contract: {error}") from error


def manifest_digest(manifest: Manifest) -> str:
    """The digest of the bundle: SHA-256 (hexadecimal) of its canonical manifest."""
    return hashlib.sha256(manifest_bytes(manifest)).hexdigest()


def manifest_from_bytes(data: bytes) -> Manifest:
    """Read canonical JSON; checks the form alone (see `check.check_manifest` for the values).

    Raises:
        ManifestError: not JSON, unknown or repeated keys, or JSON that is not canonical.
    """
    return Manifest.from_proto(parse_canonical(data, pb.Manifest(), "the manifest"))


def canonical_bytes(message: Message) -> bytes:
    """Write `message` as canonical JSON: sorted keys, no spaces, UTF-8, default values left out."""
    fields = json_format.MessageToDict(message, preserving_proto_field_name=True)
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def parse_canonical(data: bytes, message: MessageT, what: str) -> MessageT:
    """Fill `message` from canonical JSON; `what` is what people call it.

    Raises:
        ManifestError: not JSON, unknown or repeated keys, or JSON that is not canonical.
    """
    try:
        fields = json.loads(data.decode("utf-8"), object_pairs_hook=lambda pairs: _without_repeats(pairs, what))
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"{what} is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise ManifestError(f"{what} is not a JSON object but {type(fields).__name__}")
    try:
        read = json_format.ParseDict(fields, message)
    except (json_format.ParseError, RecursionError) as error:
        raise ManifestError(f"{what} does not follow its contract: {error}") from error
    if canonical_bytes(read) != data:
        raise ManifestError(f"{what} is not canonical JSON; write it with write_bundle")
    return read


def _without_repeats(pairs: list[tuple[str, object]], what: str) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ManifestError(f"{what} names a key twice")
    return fields
