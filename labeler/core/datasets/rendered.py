"""What rendering gives back for each planned file."""

from collections.abc import Mapping
from dataclasses import dataclass

from labeler.core.datasets.plan import PlannedFile
from labeler.core.datasets.variants import Variant
from labeler.core.regions import Region


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A written file. `regions`: where its present defect types are, in its own pixels."""

    planned: PlannedFile
    sha256: str
    size_bytes: int
    width_px: int
    height_px: int
    regions: Mapping[str, tuple[Region, ...]]
    variant: Variant | None


@dataclass(frozen=True, slots=True)
class DroppedFile:
    """A variant that hid a defect in every draw, and how."""

    planned: PlannedFile
    reason: str
