"""Canonical JSON of a manifest: one manifest has one sequence of bytes, and so one digest."""

import hashlib
import json

from google.protobuf import json_format

from linewatch.protos import bundle_pb2 as pb
from linewatch.protos.bundle.errors import ManifestError
from linewatch.protos.bundle.manifest import Manifest


def manifest_bytes(manifest: Manifest) -> bytes:
    """Write `manifest` as canonical JSON: sorted keys, no spaces, UTF-8, default values left out.

    Raises:
        ManifestError: a value does not fit its field of the contract.
    """
    try:
        fields = json_format.MessageToDict(manifest.to_proto(), preserving_proto_field_name=True)
    except (ValueError, TypeError) as error:
        raise ManifestError(f"a value does not fit the manifest's contract: {error}") from error
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def manifest_digest(manifest: Manifest) -> str:
    """The digest of the bundle: SHA-256 (hexadecimal) of its canonical manifest."""
    return hashlib.sha256(manifest_bytes(manifest)).hexdigest()


def manifest_from_bytes(data: bytes) -> Manifest:
    """Read canonical JSON; checks the form alone (see `check.check_manifest` for the values).

    Raises:
        ManifestError: not JSON, unknown or repeated keys, or JSON that is not canonical.
    """
    try:
        fields = json.loads(data.decode("utf-8"), object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"the manifest is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise ManifestError(f"the manifest is not a JSON object but {type(fields).__name__}")
    try:
        message = json_format.ParseDict(fields, pb.Manifest())
    except (json_format.ParseError, RecursionError) as error:
        raise ManifestError(f"the manifest does not follow its contract: {error}") from error
    manifest = Manifest.from_proto(message)
    if manifest_bytes(manifest) != data:
        raise ManifestError("the manifest is not canonical JSON; write it with write_bundle")
    return manifest


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ManifestError("the manifest names a key twice")
    return fields
