"""The receipt beside a dataset: signed as a whole when it is written, checked when it is met."""

import hashlib
import json
import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from labeler.core.audit import canonical_json
from labeler.store.keys import SigningKey

_SIGNATURE = "signature"


class ReceiptCheck(StrEnum):
    """What could be said about the receipt beside a dataset that holds."""

    SIGNED = "signed"  # it fits, and this installation signed it
    NOT_CHECKED = "not_checked"  # it fits; there is no key here to check its signature with
    OTHER = "other"  # it speaks of another project
    NONE = "none"


def signed_receipt(body: Mapping[str, Any], key: SigningKey) -> dict[str, Any]:
    """The receipt with the signature over everything else in it."""
    return {**body, _SIGNATURE: key.sign(canonical_json(body))}


def installation_key(data: Path) -> SigningKey | None:
    """The key in an installation's data folder, if there is one that may be read."""
    file = data / "signing.key"
    return SigningKey(file) if os.access(file, os.R_OK) else None


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def check_receipt(
    beside: Path, project: str, manifest_sha256: str, key: SigningKey | None
) -> tuple[ReceiptCheck, list[str]]:
    """Hold the receipt beside a dataset against it, `beside` being its folder or zip.

    Returns what could be checked, and the faults found.
    """
    file = beside.parent / "receipt.json"
    if not file.is_file():
        return ReceiptCheck.NONE, []
    try:
        found = json.loads(file.read_text("utf-8"))
        if found["project"] != project:
            return ReceiptCheck.OTHER, []
        faults = _faults(found, beside, manifest_sha256)
        if key is not None and not _signed(found, key):
            faults.append("receipt.json: is not signed by this installation")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        return ReceiptCheck.NOT_CHECKED, [f"receipt.json: is no receipt: {problem!r}"]
    return (ReceiptCheck.NOT_CHECKED if key is None else ReceiptCheck.SIGNED), faults


def _faults(found: Mapping[str, Any], beside: Path, manifest_sha256: str) -> list[str]:
    faults = []
    if found["manifest"]["sha256"] != manifest_sha256:
        faults.append("receipt.json: speaks of another dataset than the one beside it")
    packed = found["zip"]
    if beside.is_file() and (packed["sha256"], packed["bytes"]) != (
        sha256_of(beside), beside.stat().st_size,
    ):  # fmt: skip
        faults.append("receipt.json: speaks of another zip than the one beside it")
    return faults


def _signed(found: Mapping[str, Any], key: SigningKey) -> bool:
    body = {name: value for name, value in found.items() if name != _SIGNATURE}
    return key.verifies(canonical_json(body), str(found.get(_SIGNATURE)))
