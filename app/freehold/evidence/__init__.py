"""Canonical JSON, hashing and manifests."""

from freehold.evidence.canonical import canonical_json, plain, sorted_rows
from freehold.evidence.hashing import run_id, sha256_bytes, sha256_file, sha256_object
from freehold.evidence.manifest import (
    SUMS_NAME,
    HashedFile,
    Problem,
    manifest,
    sums_text,
    verify_sums,
    write_sums,
)

__all__ = [
    "SUMS_NAME",
    "HashedFile",
    "Problem",
    "canonical_json",
    "manifest",
    "plain",
    "run_id",
    "sha256_bytes",
    "sha256_file",
    "sha256_object",
    "sorted_rows",
    "sums_text",
    "verify_sums",
    "write_sums",
]
