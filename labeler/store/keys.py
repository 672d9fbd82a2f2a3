"""The installation's signing key: a file that only its owner may read."""

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)


class SigningKey:
    """Ed25519; made on first use."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def _private(self) -> Ed25519PrivateKey:
        try:
            return Ed25519PrivateKey.from_private_bytes(self._file.read_bytes())
        except FileNotFoundError:
            pass
        made = Ed25519PrivateKey.generate()
        try:
            handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process was faster
            return self._private()
        with os.fdopen(handle, "wb") as out:
            out.write(made.private_bytes_raw())
            out.flush()
            os.fsync(out.fileno())
        return made

    def sign(self, content: bytes) -> str:
        """The signature as hex."""
        return self._private().sign(content).hex()

    def public_key(self) -> str:
        """The public key as hex."""
        return self._private().public_key().public_bytes_raw().hex()

    def verifies(self, content: bytes, signature: str) -> bool:
        """Whether `signature` is this key's, over `content`."""
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public_key()))
            public.verify(bytes.fromhex(signature), content)
        except (InvalidSignature, ValueError):
            return False
        return True
