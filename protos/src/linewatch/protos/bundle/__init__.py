"""Reads, writes and checks bundles; needs protobuf only."""

from linewatch.protos.bundle import errors
from linewatch.protos.bundle.canonical import manifest_bytes, manifest_digest
from linewatch.protos.bundle.check import MANIFEST_NAME, check_manifest, check_path
from linewatch.protos.bundle.folder import Bundle, check_place, parse_manifest, read_bundle, write_bundle
from linewatch.protos.bundle.manifest import (
    SCHEMA_VERSION,
    FileEntry,
    GoldenCheck,
    GoldenPicture,
    Lineage,
    Manifest,
    Measurement,
    ScoreBand,
    Target,
    TensorSpec,
    Threshold,
)
from linewatch.protos.bundle.region import RegionOfInterest

__all__ = [
    "MANIFEST_NAME",
    "SCHEMA_VERSION",
    "Bundle",
    "FileEntry",
    "GoldenCheck",
    "GoldenPicture",
    "Lineage",
    "Manifest",
    "Measurement",
    "RegionOfInterest",
    "ScoreBand",
    "Target",
    "TensorSpec",
    "Threshold",
    "check_manifest",
    "check_path",
    "check_place",
    "errors",
    "manifest_bytes",
    "manifest_digest",
    "parse_manifest",
    "read_bundle",
    "write_bundle",
]
