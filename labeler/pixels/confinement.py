"""Limits that the decoding child puts on itself, before it sees the first hostile byte.

Set from inside rather than by `preexec_fn`, which is unsafe in a parent with threads. Hard limits
cannot be raised again. What an operating system does not have is skipped; the parent's clock
holds everywhere.
"""

import contextlib
import os
import sys
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

# Standard streams, the answer channel, one image, one preview, and room for the interpreter.
_OPEN_FILES = 16


def confine(memory_bytes: int, file_bytes: int) -> None:
    """Take away address space beyond `memory_bytes` more, core dumps, forks, larger files."""
    if resource is None:
        return
    in_use = _address_space_bytes()
    if in_use is not None:
        _set("RLIMIT_AS", in_use + memory_bytes)
    _set("RLIMIT_CORE", 0)
    _set("RLIMIT_NOFILE", _OPEN_FILES)
    _set("RLIMIT_FSIZE", file_bytes)
    _set("RLIMIT_NPROC", 0)


def allow_cpu(seconds: int) -> None:
    """Let this process compute for `seconds` more (rounded up), after which it is ended."""
    if resource is None:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    until = int(usage.ru_utime + usage.ru_stime) + 1 + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (until, hard))


def _set(name: str, value: int) -> None:
    kind = getattr(resource, name, None)
    if kind is None:
        return
    # macOS knows some names without honouring them.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (value, value))


def _address_space_bytes() -> int | None:
    if not sys.platform.startswith("linux"):
        return None
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")
