"""Looking at images: lists, facts, pictures; for whoever may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from labeler.core.errors import FieldError, InvalidInput, NotFound, Unavailable
from labeler.core.people import Principal
from labeler.core.terms import ImageState, Role
from labeler.flows.scope import project_for
from labeler.flows.site import Site
from labeler.store import images, projects, reviews, settling
from labeler.store.tables import ConsensusLabel, Image

PREVIEW_WIDTHS = (320, 640, 1280, 1920)
_GONE = "There is no such image for you."


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """An image as lists show it.

    `settled` and `reviews_needed` are None for reviewers: they would tell whether
    somebody else has judged the image, and how. A lease is no review: what somebody holds
    and has not judged is still needed.
    """

    id: str
    sha256: str
    file: str
    width_px: int
    height_px: int
    bit_depth: int
    lot: str | None
    unit: str | None
    line: str | None
    station: str | None
    captured_at: datetime | None
    number: int
    state: ImageState | None
    settled: bool | None
    reviews_needed: int | None
    labels: tuple[dict[str, Any], ...] = ()


def _sees_outcomes(who: Principal) -> bool:
    return who.role is not Role.REVIEWER


def visible_row(session: Session, who: Principal, image_id: str) -> Image:
    """The row of an image that this person may see. Raises `NotFound`."""
    row = images.visible(
        session,
        image_id,
        user_id=who.user_id,
        everywhere=who.sees_every_project,
        only_assigned=who.role is Role.REVIEWER,
    )
    if row is None:
        raise NotFound(_GONE)
    return row


def _label(row: ConsensusLabel) -> dict[str, Any]:
    return {
        "defect_type": row.defect_type, "verdict": row.verdict, "severity": row.severity,
        "regions": row.regions, "source": row.source, "n_present": row.n_present,
        "n_absent": row.n_absent, "n_unsure": row.n_unsure,
    }  # fmt: skip


def _infos(session: Session, who: Principal, rows: Sequence[Image]) -> list[ImageInfo]:
    """The facts of images of one project."""
    if not rows:
        return []
    ids = [row.id for row in rows]
    written = settling.labels(session, ids)
    judged = reviews.count_counting(session, ids)
    overlap = projects.terms(session, rows[0].project_id).overlap
    return [
        _info(row, who, written.get(row.id, ()), max(0, overlap - judged.get(row.id, 0)))
        for row in rows
    ]


def _info(row: Image, who: Principal, labels: Sequence[ConsensusLabel], needed: int) -> ImageInfo:
    open_to = _sees_outcomes(who)
    state = ImageState(row.state)
    return ImageInfo(
        row.id, row.sha256, row.file, row.width_px, row.height_px, row.bit_depth, row.lot,
        row.unit, row.line, row.station, row.captured_at, row.number,
        state if open_to else None,
        (state is ImageState.SETTLED) if open_to else None,
        needed if open_to else None,
        tuple(_label(label) for label in labels) if open_to else (),
    )  # fmt: skip


def get_image(site: Site, who: Principal, image_id: str) -> ImageInfo:
    """One image. Reviewers: only one they hold or held a lease on. Raises `NotFound`."""
    with site.database.read() as session:
        row = visible_row(session, who, image_id)
        [info] = _infos(session, who, [row])
        return info


def list_images(
    site: Site,
    who: Principal,
    code: str,
    *,
    after: int = -1,
    limit: int = 50,
    state: ImageState | None = None,
) -> list[ImageInfo]:
    """Images of a project in the order of import, after a number. Raises `NotFound`."""
    with site.database.read() as session:
        project = project_for(session, who, code)
        rows = images.page(
            session, project.id, after=after, limit=limit,
            held_by=None if _sees_outcomes(who) else who.user_id,
            state=state if _sees_outcomes(who) else None,
        )  # fmt: skip
        return _infos(session, who, rows)


def image_history(site: Site, who: Principal, image_id: str) -> list[dict[str, Any]]:
    """What happened to an image: reviews, withdrawals, rulings. For leads. Raises `NotFound`."""
    with site.database.read() as session:
        row = visible_row(session, who, image_id)
        happened: list[dict[str, Any]] = [
            {"at": row.imported_at, "what": "imported", "file": row.file}
        ]
        said = reviews.of_image(session, row.id)
        judged = reviews.judgements(session, [given.row.id for given in said])
        happened += [
            {
                "at": given.row.received_at, "what": "review", "review": given.row.id,
                "reviewer": given.reviewer, "occasion": given.occasion, "extra": given.extra,
                "withdrawn": given.withdrawn, "unusable": given.row.unusable,
                "judgements": [reviews.columns_of(j) for j in judged.get(given.row.id, ())],
            }
            for given in said
        ]  # fmt: skip
        happened += [
            {
                "at": ruling.ruled_at, "what": "ruling", "dispute": ruling.dispute_id,
                "verdict": ruling.verdict, "severity": ruling.severity, "reason": ruling.reason,
            }
            for ruling in settling.rulings(session, row.id)
        ]  # fmt: skip
    return sorted(happened, key=lambda entry: entry["at"])


def preview(
    site: Site,
    who: Principal,
    image_id: str,
    width: int,
    *,
    low: int | None = None,
    high: int | None = None,
) -> tuple[Path, str]:
    """(file, content tag) of a preview, made on first use. Raises `NotFound`, `InvalidInput`.

    `low` and `high` choose the window of values that is shown from black to white.
    """
    with site.database.read() as session:
        sha256 = visible_row(session, who, image_id).sha256
    return preview_of(site, sha256, width, low=low, high=high)


def golden_preview(site: Site, who: Principal, image_id: str, width: int) -> tuple[Path, str]:
    """(file, content tag) of the good part's picture beside an image.

    Whoever may see the image may see it. Raises `NotFound`, `InvalidInput`.
    """
    with site.database.read() as session:
        sha256 = images.golden(session, visible_row(session, who, image_id))
    if sha256 is None:
        raise NotFound("There is no picture of a good part for this image.")
    return preview_of(site, sha256, width)


def preview_of(
    site: Site, sha256: str, width: int, *, low: int | None = None, high: int | None = None
) -> tuple[Path, str]:
    """(file, content tag) of a stored picture's preview, for a caller that may show it.

    Raises `InvalidInput` for another width, `Unavailable` when the picture is gone.
    """
    if width not in PREVIEW_WIDTHS:
        raise InvalidInput(
            "Previews come in four widths.",
            fields=[FieldError("width", "Choose 320, 640, 1280 or 1920.")],
        )
    window = "" if low is None and high is None else f"-{low}-{high}"
    variant = f"{width}{window}"
    path = site.blobs.preview_path(sha256, variant)
    if not path.exists():
        _make_preview(site, sha256, variant, width, low, high)
    return path, f"{sha256[:32]}-{variant}"


def _make_preview(
    site: Site, sha256: str, variant: str, width: int, low: int | None, high: int | None
) -> None:
    source = site.blobs.path(sha256)
    if not source.exists():
        raise Unavailable("The image's file is missing from the storage. Tell your IT.")
    with site.blobs.workspace() as folder:
        target = folder / "preview.jpg"
        site.inspector.preview(source, target, width, low, high)
        site.blobs.keep_preview(target, sha256, variant)


def original(site: Site, who: Principal, image_id: str) -> tuple[Path, ImageInfo]:
    """(file, facts) of the bytes as they were imported. Raises `NotFound`, `Unavailable`."""
    info = get_image(site, who, image_id)
    path = site.blobs.path(info.sha256)
    if not path.exists():
        raise Unavailable("The image's file is missing from the storage. Tell your IT.")
    return path, info


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a project has come, in images and live reviews."""

    images: int
    settled: int
    disputed: int
    waiting: int
    unusable: int
    reviews: int
    open_disputes: int


def progress(site: Site, who: Principal, code: str) -> Progress:
    """Counts for those who may see outcomes. Raises `NotFound`."""
    with site.database.read() as session:
        project = project_for(session, who, code)
        states = images.counts_by_state(session, project.id)
        disputes = settling.counts(session, project.id)
        return Progress(
            images=sum(states.values()),
            settled=states.get(ImageState.SETTLED, 0),
            disputed=states.get(ImageState.DISPUTED, 0),
            waiting=states.get(ImageState.WAITING, 0),
            unusable=states.get(ImageState.UNUSABLE, 0),
            reviews=reviews.count(session, project.id),
            open_disputes=disputes.get(settling.OPEN, 0),
        )
