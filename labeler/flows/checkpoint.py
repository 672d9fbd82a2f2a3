"""Signed checkpoints of the audit chain, and the check of the chain against them.

A cut at the chain's end leaves a shorter chain that is sound in itself. Only something
kept elsewhere can tell: the signed head that leaves with every export's receipt, and the
checkpoint file that the server writes into the data folder.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlmodel import Session

from labeler.core.audit import ChainFault, ChainHead, canonical_json
from labeler.core.errors import CheckFailed, InvalidInput
from labeler.flows.reading import verify_events
from labeler.flows.site import Site
from labeler.store import audit
from labeler.store.keys import SigningKey

FILE = "audit-checkpoint.json"


def signing_key(site: Site) -> SigningKey:
    """The installation's key."""
    return SigningKey(site.settings.data / "signing.key")


def signed_head(site: Site, session: Session) -> dict[str, Any]:
    """The chain's end as it is now, signed."""
    end = audit.head(session)
    body = {"events": end.number, "hash": end.hash}
    key = signing_key(site)
    return {**body, "signature": key.sign(canonical_json(body)), "public_key": key.public_key()}


def write_checkpoint(site: Site) -> Path:
    """Write the signed head into the data folder, atomically; the file."""
    with site.database.read() as session:
        head = signed_head(site, session)
    target = site.settings.data / FILE
    draft = target.with_suffix(".new")
    draft.write_text(json.dumps(head, indent=1) + "\n", "utf-8")
    draft.replace(target)
    return target


def read_checkpoint(site: Site, file: Path) -> ChainHead:
    """A checkpoint or receipt file's head. Raises `InvalidInput`, `CheckFailed`."""
    try:
        document = json.loads(file.read_text("utf-8"))
        found = document.get("audit", document)
        head = ChainHead(int(found["events"]), str(found["hash"]))
        signature = str(found["signature"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput("{file} is not a checkpoint or receipt.", file=file.name) from error
    body = {"events": head.number, "hash": head.hash}
    if not signing_key(site).verifies(canonical_json(body), signature):
        raise CheckFailed("The signature in {file} is not this installation's.", file=file.name)
    return head


def verify_audit(site: Site, checkpoint: Path | None = None) -> ChainHead:
    """Check every event, against `checkpoint` and the one in the data folder.

    The chain's head. Raises `CheckFailed` naming the first fault, `InvalidInput`.
    """
    files = [site.settings.data / FILE] if (site.settings.data / FILE).exists() else []
    files += [checkpoint] if checkpoint else []
    heads = [read_checkpoint(site, file) for file in files]
    found = verify_events(site, checkpoints=heads)
    if isinstance(found, ChainFault):
        raise CheckFailed(
            "Audit event {number} {reason}.", number=found.number, reason=found.reason
        )
    return found


def as_document(head: ChainHead) -> Mapping[str, object]:
    """The result of a check as plain JSON."""
    return {"events": head.number, "hash": head.hash}
