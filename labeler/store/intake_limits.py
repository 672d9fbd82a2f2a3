"""How much may come in at once, and why a file may not come in at all."""

from dataclasses import dataclass
from enum import StrEnum

from labeler.core.errors import InvalidInput

_MIB = 2**20


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """Bounds for what is read; archives have their own, each archive anew.

    `max_ratio` is unpacked over packed bytes. It holds for an entry beyond `ratio_free_bytes`
    unpacked, and for an archive beyond four times that: small drawings pack very well honestly.
    """

    max_file_bytes: int = 512 * _MIB
    max_entries: int = 50_000
    max_total_bytes: int = 20 * 1024 * _MIB
    max_ratio: int = 200
    ratio_free_bytes: int = 16 * _MIB


class IntakeRefusal(StrEnum):
    """English sentences with named places; each is also its key in the translations."""

    MISSING = "There is no such file or folder."
    UNREADABLE = "The file cannot be read: permission or disk."
    LINK = "A link is not followed; import what it points to."
    NOT_A_FILE = "This is neither a file nor a folder."
    FILE_TOO_LARGE = "The file is larger than {most} bytes."
    BROKEN_ZIP = "The zip archive is damaged."
    BROKEN_ENTRY = "This file is damaged inside the zip archive."
    ENCRYPTED = "The file is encrypted inside the zip archive."
    NESTED_ZIP = "A zip archive inside a zip archive is not opened."
    PACKING = "The file is packed by a method other than store or deflate; zip it again."
    TOO_MANY_ENTRIES = "The zip archive holds more than {most} files."
    ARCHIVE_TOO_LARGE = (
        "The zip archive unpacks to more than {most} bytes; the rest of it is left out."
    )
    PACKED_TOO_WELL = "The file unpacks to more than {most} times its size, as no photograph does."


class RefusedFile(InvalidInput):
    """This one file cannot come in; `reason` and `values` say why. Others are unaffected."""

    def __init__(self, reason: IntakeRefusal, **values: object) -> None:
        super().__init__(reason.value, fields=(), **values)
        self.reason = reason
