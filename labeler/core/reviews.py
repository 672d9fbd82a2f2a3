"""Reviews: what one reviewer says of one image, held against the labeling standard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from labeler.core.errors import FieldError, InvalidInput
from labeler.core.regions import Region, parse_region
from labeler.core.standard import DefectType, Standard
from labeler.core.terms import Unusable, Verdict

MAX_REGIONS = 500

_KEYS = frozenset({"defect_type", "verdict", "severity", "regions"})


@dataclass(frozen=True, slots=True)
class Judgement:
    """Verdict and severity for one defect type; `severity` is 1…n, None without levels."""

    defect_type: str
    verdict: Verdict
    severity: int | None = None
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """What one reviewer submitted for one image.

    `judgements` holds only what is not plainly absent: a defect type of the review's
    standard version that is missing here was judged absent. An unusable image has none.
    """

    reviewer: str
    standard_version: int
    judgements: tuple[Judgement, ...] = ()
    unusable: Unusable | None = None
    received_at: datetime | None = None

    def verdict(self, code: str) -> Verdict:
        """The verdict on a defect type that the review's version has."""
        found = self.judgement(code)
        return found.verdict if found else Verdict.ABSENT

    def judgement(self, code: str) -> Judgement | None:
        """The judgement that is not plainly absent, if there is one."""
        return next((j for j in self.judgements if j.defect_type == code), None)


def _fail(path: str, message: str, **values: object) -> InvalidInput:
    fault = FieldError.filled(path, message, **values)
    return InvalidInput("The review is not valid.", fields=[fault])


def _severity(raw: object, verdict: Verdict, entry: DefectType, path: str) -> int | None:
    levels = len(entry.severity)
    if verdict is not Verdict.PRESENT or levels == 0:
        if raw is not None:
            raise _fail(path, "Severity is null here: not present, or a type without levels.")
        return None
    if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= levels:
        raise _fail(path, "Give the severity as 1 to {levels}.", levels=levels)
    return raw


def _regions(
    raw: object, verdict: Verdict, entry: DefectType, width_px: int, height_px: int, path: str
) -> tuple[Region, ...]:
    listed = () if raw is None else raw
    if not isinstance(listed, Sequence) or isinstance(listed, str) or len(listed) > MAX_REGIONS:
        raise _fail(path, "Give a list of at most {most} regions.", most=MAX_REGIONS)
    if listed and verdict is not Verdict.PRESENT:
        raise _fail(path, "Only a defect that is present has a place.")
    regions = []
    for index, item in enumerate(listed):
        here = f"{path}.{index}"
        region = parse_region(item, width_px=width_px, height_px=height_px, path=here)
        if region.kind not in entry.geometry:
            raise _fail(here, "The standard does not ask for a {kind} here.", kind=region.kind)
        regions.append(region)
    if entry.region_required and verdict is Verdict.PRESENT and not regions:
        raise _fail(path, "The standard asks where: mark at least one region.")
    return tuple(regions)


def parse_judgement(
    raw: Mapping[str, object], standard: Standard, *, width_px: int, height_px: int, path: str
) -> Judgement:
    """Read one judgement as it travels. Raises `InvalidInput` naming the field."""
    if not isinstance(raw, Mapping):
        raise _fail(path, "A judgement is an object with at least defect_type and verdict.")
    for key in raw:
        if key not in _KEYS:
            raise _fail(f"{path}.{key}", "This key is not known; see the documentation.")
    code = raw.get("defect_type")
    entry = standard.find(code) if isinstance(code, str) else None
    if entry is None:
        raise _fail(
            f"{path}.defect_type",
            "Version {version} of the standard has no such defect type.",
            version=standard.version,
        )
    try:
        verdict = Verdict(str(raw.get("verdict")))
    except ValueError:
        raise _fail(f"{path}.verdict", "A verdict is present, absent or unsure.") from None
    severity = _severity(raw.get("severity"), verdict, entry, f"{path}.severity")
    regions = _regions(raw.get("regions"), verdict, entry, width_px, height_px, f"{path}.regions")
    return Judgement(entry.code, verdict, severity, regions)


def parse_judgements(
    raw: Sequence[Mapping[str, object]],
    standard: Standard,
    *,
    unusable: Unusable | None,
    width_px: int,
    height_px: int,
) -> tuple[Judgement, ...]:
    """Read a review's judgements; plainly absent ones are dropped, since absent is the default.

    Raises `InvalidInput` naming the first wrong field.
    """
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        raise _fail("judgements", "Give a list of judgements.")
    if unusable is not None and raw:
        raise _fail("judgements", "An unusable image is not judged: send no judgements.")
    found: dict[str, Judgement] = {}
    for index, item in enumerate(raw):
        path = f"judgements.{index}"
        one = parse_judgement(item, standard, width_px=width_px, height_px=height_px, path=path)
        if one.defect_type in found:
            raise _fail(f"{path}.defect_type", "This defect type is judged twice.")
        found[one.defect_type] = one
    return tuple(j for j in found.values() if j.verdict is not Verdict.ABSENT)
