"""SHA-256 of bytes, files and objects."""

import hashlib
from pathlib import Path

from freehold.evidence.canonical import canonical_json

_BLOCK_BYTES = 1 << 20


def sha256_bytes(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal, read block by block.

    Raises:
        OSError: the file cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def sha256_object(value: object) -> str:
    """Return the SHA-256 of a value's canonical JSON in hexadecimal."""
    return sha256_bytes(canonical_json(value))


def run_id(*, data_sha256: str, rules_sha256: str, params_sha256: str, version: str) -> str:
    """Return the identity of a run: the SHA-256 of its inputs' hashes and the program version."""
    return sha256_bytes((data_sha256 + rules_sha256 + params_sha256 + version).encode("utf-8"))
