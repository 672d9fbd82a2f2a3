"""The key under which badges are hashed: a file that only its owner may read."""

import hashlib
import hmac
import os
from pathlib import Path

_BYTES = 32


class BadgeKey:
    """HMAC-SHA256 with a key of the installation, made on first use.

    A card's number is short, often 26 bits: whoever had a plain hash of it could try all of
    them in a second. The key is no row, so a copy of the database alone gives no badge away.
    Argon2id would need a salt per person, and a scanned badge has to find its person.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def _key(self) -> bytes:
        try:
            return self._file.read_bytes()
        except FileNotFoundError:
            pass
        # Written whole under another name first: nobody may ever read half a key.
        draft = self._file.with_name(f"{self._file.name}.{os.getpid()}.{os.urandom(4).hex()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(os.urandom(_BYTES))
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(draft, self._file)
        except FileExistsError:
            pass  # another process was faster: its key holds
        finally:
            draft.unlink()
        return self._file.read_bytes()

    def digest(self, badge: str) -> str:
        """How a badge is stored and found, as hex."""
        return hmac.new(self._key(), badge.encode(), hashlib.sha256).hexdigest()
