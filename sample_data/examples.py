"""Keeping the standard's examples in step with the pictures that they show.

An example names a picture by its SHA-256, and the line above it says which file that is.
"""

import hashlib
import re
from pathlib import Path

_EXAMPLE = re.compile(r'(# (images/\S+)\n.*image = ")[0-9a-f]{64}(")')


def with_pictures(text: str, folder: Path) -> str:
    """The standard's text with the SHA-256 that its pictures have in `folder` now."""

    def renewed(found: re.Match[str]) -> str:
        sha256 = hashlib.sha256((folder / found[2]).read_bytes()).hexdigest()
        return f"{found[1]}{sha256}{found[3]}"

    return _EXAMPLE.sub(renewed, text)
