"""Loading what an audit sample is drawn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlmodel import Session

from labeler.core.label_accuracy.drawing import (
    NOT_JUDGED,
    Codes,
    Frame,
    Marks,
    permanent_numbers,
)
from labeler.core.label_accuracy.strata import STRATA, Stratum, stratum_of
from labeler.core.terms import Source, Verdict
from labeler.flows.scope import standard_of
from labeler.flows.site import Site
from labeler.store import audit_frames
from labeler.store.audit_samples import ItemAnswer
from labeler.store.tables import Project

# A label is quick where one of its reviews is among the quickest twentieth.
_QUICKEST = 0.05
_PLACE = {stratum: place for place, stratum in enumerate(STRATA)}


@dataclass(frozen=True, slots=True, eq=False)
class LoadedFrame:
    """A frame with the names of its columns (`images`) and rows (`codes`).

    `reach` says which images each auditor may judge, by their id, shape (images,);
    `answered` marks images whose audit, of an earlier draw, is there already.
    """

    images: tuple[str, ...]
    codes: tuple[str, ...]
    frame: Frame
    reach: Mapping[str, Marks]
    answered: Marks
    quick_s: float | None


def load_frame(
    site: Site,
    session: Session,
    project: Project,
    *,
    key: int,
    auditors: Sequence[str],
    earlier: Sequence[ItemAnswer],
) -> LoadedFrame:
    """Every settled label of the standard in force, as a frame to draw from.

    `earlier` are the items of the draw that this one continues. Their labels stand as they were
    when they were first drawn, whatever was corrected since: otherwise correcting what an audit
    found would make the labels that nobody audited look better. References are left out.
    """
    codes = standard_of(site, session, project.id, project.standard_version).codes
    images, numbers, versions = _columns(session, project, earlier)
    place = {image: number for number, image in enumerate(images)}
    strata, quick_s = _strata(site, session, project, codes, place, versions)
    before = np.zeros(strata.shape, dtype=np.bool_)
    answered = np.zeros(len(images), dtype=np.bool_)
    row_of = {code: row for row, code in enumerate(codes)}
    for item in earlier:
        row, column = row_of.get(item.defect_type), place.get(item.image_id)
        if row is not None and column is not None:
            strata[row, column] = _PLACE[item.stratum]
            before[row, column] = item.counted
            answered[column] |= item.said.version is not None
    reach = {}
    for user in auditors:
        known = audit_frames.known_to(session, project.id, user)
        reach[user] = np.array([image not in known for image in images], dtype=np.bool_)
    reachable = np.logical_or.reduce([answered, *reach.values()])
    frame = Frame(strata, permanent_numbers(key, numbers), reachable, before)
    return LoadedFrame(images, codes, frame, reach, answered, quick_s)


def _columns(
    session: Session, project: Project, earlier: Sequence[ItemAnswer]
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Ids, import numbers and judged versions; 0 for earlier images that are disputed now."""
    settled = list(audit_frames.settled(session, project.id))
    known = {row.id for row in settled}
    others = sorted({item.image_id for item in earlier} - known)
    numbers = audit_frames.numbers(session, others)
    return (
        (*(row.id for row in settled), *numbers),
        np.array([*(row.number for row in settled), *numbers.values()], dtype=np.int64),
        np.array([*(row.judged_version for row in settled), *(0 for _ in numbers)], dtype=np.int64),
    )


def _strata(
    site: Site,
    session: Session,
    project: Project,
    codes: Sequence[str],
    place: Mapping[str, int],
    versions: np.ndarray,
) -> tuple[Codes, float | None]:
    """Places in `STRATA`, shape (types, images), and below how many seconds a look was quick."""
    strata: Codes = np.full((len(codes), len(versions)), NOT_JUDGED, dtype=np.int8)
    quick_s = audit_frames.quick_below(session, project.id, _QUICKEST)
    quick = np.zeros(len(versions), dtype=np.bool_)
    found = set() if quick_s is None else audit_frames.quick(session, project.id, quick_s)
    quick[[place[image] for image in found if image in place]] = True
    plain = np.where(quick, _PLACE[Stratum.ABSENT_QUICK], _PLACE[Stratum.ABSENT_AGREED])
    for version in np.unique(versions[versions > 0]):
        judged = standard_of(site, session, project.id, int(version))
        for row, code in enumerate(codes):
            if judged.find(code) is not None:
                strata[row] = np.where(versions == version, plain, strata[row])
    row_of = {code: row for row, code in enumerate(codes)}
    doubted = audit_frames.doubted(session, project.id)
    for image, code in doubted:
        if code in row_of and image in place and strata[row_of[code], place[image]] != NOT_JUDGED:
            strata[row_of[code], place[image]] = _PLACE[Stratum.ABSENT_DOUBTED]
    for image, code, verdict, source in audit_frames.written_labels(session, project.id):
        if code in row_of and image in place:
            stratum = stratum_of(
                Verdict(verdict), Source(source), doubted=(image, code) in doubted,
                quick=bool(quick[place[image]]),
            )  # fmt: skip
            strata[row_of[code], place[image]] = NOT_JUDGED if stratum is None else _PLACE[stratum]
    return strata, quick_s
