"""Gathering the settled images of a project as the dataset pipeline takes them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from labeler.core.consensus import Label
from labeler.core.datasets.selection import SettledImage
from labeler.core.terms import ImageState, Source, Verdict
from labeler.flows.scope import standard_of
from labeler.flows.settle import read_regions
from labeler.flows.site import Site
from labeler.store import exports, images, settling
from labeler.store.tables import ConsensusLabel, Image, Project

_IMAGES_AT_ONCE = 500  # as many as one statement may name


@dataclass(frozen=True, slots=True)
class Settled:
    """What of one moment belongs to the settled images: how many others, and the standard."""

    excluded: dict[str, int]
    standard_version: int


def settled_state(session: Session, project: Project) -> Settled:
    """How many images are not settled, by state, and the standard in force."""
    states = images.counts_by_state(session, project.id)
    states.pop(ImageState.SETTLED, None)
    return Settled(
        {str(state): count for state, count in sorted(states.items())}, project.standard_version
    )


def settled_images(site: Site, session: Session, project: Project) -> Iterator[SettledImage]:
    """Every settled image with all its labels, the plainly absent ones too, by content hash."""
    number = exports.reviewer_numbers(session, project.id)
    last = ""
    while rows := images.settled(session, project.id, after=last, limit=_IMAGES_AT_ONCE):
        ids = [row.id for row, _ in rows]
        written = settling.labels(session, ids)
        reviewers = exports.reviewers_of(session, ids)
        silent = exports.marked_unusable(session, ids)
        for row, gray in rows:
            known = tuple(sorted(number[user] for user in reviewers.get(row.id, ())))
            yield _settled(
                site, session, project, row, gray, written.get(row.id, ()), known,
                silent.get(row.id, 0),
            )  # fmt: skip
        last = rows[-1][0].sha256


def _settled(
    site: Site,
    session: Session,
    project: Project,
    row: Image,
    gray: bytes,
    written: Sequence[ConsensusLabel],
    reviewers: tuple[int, ...],
    silent: int,
) -> SettledImage:
    version = row.judged_version or project.standard_version
    return SettledImage(
        image=row.sha256, file=row.file, width_px=row.width_px, height_px=row.height_px,
        bit_depth=row.bit_depth, format=row.format, upright=row.upright,
        pixel_sha256=row.pixel_sha256,
        labels=_labels(
            standard_of(site, session, project.id, version).codes, row, written,
            len(reviewers) - silent,
        ),
        standard_version=version, reviewers=reviewers, lot=row.lot, unit=row.unit,
        line=row.line, station=row.station, captured_at=row.captured_at,
        context=dict(row.context), perceptual_hash=row.perceptual_hash, thumbnail=gray,
    )  # fmt: skip


def _labels(
    codes: Sequence[str], row: Image, written: Sequence[ConsensusLabel], judged: int
) -> tuple[Label, ...]:
    known = {label.defect_type: label for label in written}
    # A lead may have ruled on a type that is younger than the reviews.
    besides = [code for code in known if code not in codes]
    return tuple(
        _read(known[code], row)
        if code in known
        else Label(code, Verdict.ABSENT, None, (), Source.UNANIMOUS, 0, judged, 0)
        for code in (*codes, *besides)
    )


def _read(label: ConsensusLabel, row: Image) -> Label:
    return Label(
        label.defect_type, Verdict(label.verdict), label.severity,
        read_regions(label.regions, row), Source(label.source), label.n_present,
        label.n_absent, label.n_unsure,
    )  # fmt: skip
