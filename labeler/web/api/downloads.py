"""Large files that programs fetch again, and in parts: RFC 9110 on conditions and ranges."""

import re
from email.utils import formatdate
from pathlib import Path

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

_RANGES = re.compile(
    r"bytes\s*=\s*((?:\d+-\d*|-\d+)(?:\s*,\s*(?:\d+-\d*|-\d+))*)\s*\Z", re.IGNORECASE | re.ASCII
)
_TOO_MANY = 100  # the file response then sends the whole
_MAX_DIGITS = 18


def kept_download(
    request: Request, path: Path, *, tag: str, media_type: str, filename: str | None
) -> Response:
    """A file whose content `tag` stands for: whole, in part, or 304 for who has it already.

    Raises `HTTPException` 416 for a range behind the end, 400 for one that is none.
    """
    etag = f'"{tag}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if _has_it(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    _require_range(request, path, etag)
    return FileResponse(path, media_type=media_type, filename=filename, headers=headers)


def _has_it(known: str, etag: str) -> bool:
    tags = [one.strip().removeprefix("W/") for one in known.split(",")]
    return "*" in tags or etag in tags


def _require_range(request: Request, path: Path, etag: str) -> None:
    """Refuse what the file response would refuse in plain text."""
    asked = request.headers.get("range")
    condition = request.headers.get("if-range")
    known = path.stat()
    if asked is None or condition not in (None, etag, formatdate(known.st_mtime, usegmt=True)):
        return
    found = _RANGES.match(asked.strip())
    if found is None:
        raise HTTPException(400)
    ends = [spec.strip().partition("-") for spec in found[1].split(",")]
    for first, _, last in ends if len(ends) <= _TOO_MANY else ():
        _require_part(first, last, known.st_size)


def _require_part(first: str, last: str, size: int) -> None:
    start = _number(first) if first else max(size - _number(last), 0)
    if start >= size:
        raise HTTPException(416, headers={"Content-Range": f"bytes */{size}"})
    if first and last and _number(last) < start:
        raise HTTPException(400)


def _number(digits: str) -> int:
    return int(digits[:_MAX_DIGITS])
