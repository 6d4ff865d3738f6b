"""Reads, writes and checks bundles; needs protobuf only."""

from linewatch.protos.bundle import errors
from linewatch.protos.bundle.canonical import manifest_bytes, manifest_digest
from linewatch.protos.bundle.check import CLASSES_PATH, MANIFEST_NAME, check_manifest, check_path
from linewatch.protos.bundle.class_file import bank_bytes, check_class_name, parse_bank
from linewatch.protos.bundle.classes import ClassBank, DefectClass, TargetClasses, direction_of
from linewatch.protos.bundle.folder import Bundle, check_place, parse_manifest, read_bundle, write_bundle
from linewatch.protos.bundle.manifest import (
    PLAIN_BITS,
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
from linewatch.protos.bundle.sampling import FrameSampling
from linewatch.protos.bundle.stack import FrameStack

__all__ = [
    "CLASSES_PATH",
    "MANIFEST_NAME",
    "PLAIN_BITS",
    "SCHEMA_VERSION",
    "Bundle",
    "ClassBank",
    "DefectClass",
    "FileEntry",
    "FrameSampling",
    "FrameStack",
    "GoldenCheck",
    "GoldenPicture",
    "Lineage",
    "Manifest",
    "Measurement",
    "RegionOfInterest",
    "ScoreBand",
    "Target",
    "TargetClasses",
    "TensorSpec",
    "Threshold",
    "bank_bytes",
    "check_class_name",
    "check_manifest",
    "check_path",
    "check_place",
    "direction_of",
    "errors",
    "manifest_bytes",
    "manifest_digest",
    "parse_bank",
    "parse_manifest",
    "read_bundle",
    "write_bundle",
]
