"""What a new version of the standard changes, for whoever is about to publish it."""

from dataclasses import dataclass
from enum import StrEnum

from labeler.core.standard import DefectType, Standard


class Part(StrEnum):
    """The parts of an entry that can change."""

    NAME = "name"
    DEFINITION = "definition"
    LIMIT = "limit"
    SEVERITY = "severity"
    GEOMETRY = "geometry"
    REGION_REQUIRED = "region_required"
    FORBID_AUGMENT = "forbid_augment"
    EXAMPLES = "examples"


@dataclass(frozen=True, slots=True)
class Change:
    """One defect type: added as a whole, or with changed parts."""

    entry: DefectType
    added: bool
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that differs; `reordered`: the entries both have stand in another order."""

    types: tuple[Change, ...]
    reordered: bool

    @property
    def any(self) -> bool:
        """Whether the two versions differ at all."""
        return bool(self.types) or self.reordered


def changes(old: Standard, new: Standard) -> Changes:
    """Compare two versions, entry by entry, in the order of the new book."""
    found = []
    for entry in new.defect_types:
        before = old.find(entry.code)
        if before is None:
            found.append(Change(entry, added=True))
            continue
        parts = tuple(p for p in Part if getattr(before, p) != getattr(entry, p))
        if parts:
            found.append(Change(entry, added=False, parts=parts))
    common = [code for code in old.codes if code in new.codes]
    return Changes(tuple(found), common != [code for code in new.codes if code in old.codes])
