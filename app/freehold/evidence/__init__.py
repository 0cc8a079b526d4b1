"""Canonical JSON, hashing and manifests."""
