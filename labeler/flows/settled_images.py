"""Gathering the settled images of a project as the dataset pipeline takes them."""

from collections.abc import Sequence
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


@dataclass(frozen=True, slots=True)
class Settled:
    """The settled images of one moment, how many others there are, and their standard."""

    images: tuple[SettledImage, ...]
    excluded: dict[str, int]
    standard_version: int


def settled_images(site: Site, session: Session, project: Project) -> Settled:
    """Every settled image with all its labels, the plainly absent ones too."""
    rows = images.settled(session, project.id)
    written = settling.labels(session, [row.id for row, _ in rows])
    reviewers = exports.reviewers_by_image(session, project.id)
    silent = exports.marked_unusable(session, project.id)
    states = images.counts_by_state(session, project.id)
    states.pop(ImageState.SETTLED, None)
    return Settled(
        tuple(
            _settled(
                site, session, project, row, gray, written.get(row.id, ()),
                tuple(reviewers.get(row.id, ())), silent.get(row.id, 0),
            )
            for row, gray in rows
        ),
        {str(state): count for state, count in sorted(states.items())},
        project.standard_version,
    )  # fmt: skip


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
