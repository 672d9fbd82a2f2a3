"""Rows of images. Images load only through who asks, or inside a deed that holds a lease."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, bindparam, func, select, update
from sqlmodel import Session, col

from labeler.core.assignments import AssignmentState
from labeler.store import station_goldens
from labeler.store.core_tables import GOLDEN, IMAGE
from labeler.store.prepared import Prepared
from labeler.store.tables import Assignment, GoldenPicture, Image, ImageReference, Member, Thumbnail


def visible(
    session: Session, image_id: str, *, user_id: str, everywhere: bool, only_assigned: bool
) -> Image | None:
    """The image, if this person may see it.

    `only_assigned` is the reviewers' rule: images they hold or held a lease on.
    """
    statement = select(Image).where(col(Image.id) == image_id)
    if not everywhere:
        statement = statement.join(Member, col(Member.project_id) == col(Image.project_id)).where(
            col(Member.user_id) == user_id
        )
    if only_assigned:
        held = select(col(Assignment.id)).where(
            col(Assignment.image_id) == image_id,
            col(Assignment.user_id) == user_id,
            col(Assignment.state) != AssignmentState.PLANNED,
        )
        statement = statement.where(held.exists())
    return session.execute(statement).scalar_one_or_none()


def page(
    session: Session,
    project_id: str,
    *,
    after: int,
    limit: int,
    held_by: str | None = None,
    state: str | None = None,
) -> Sequence[Image]:
    """Images of a project in the order of their import, after a position."""
    statement = (
        select(Image)
        .where(col(Image.project_id) == project_id, col(Image.number) > after)
        .order_by(col(Image.number))
        .limit(limit)
    )
    if state is not None:
        statement = statement.where(col(Image.state) == state)
    if held_by is not None:
        held = select(col(Assignment.image_id)).where(
            col(Assignment.project_id) == project_id,
            col(Assignment.user_id) == held_by,
            col(Assignment.state) != AssignmentState.PLANNED,
        )
        statement = statement.where(col(Image.id).in_(held))
    return session.execute(statement).scalars().all()


def by_content(session: Session, project_id: str, sha256: str) -> Image | None:
    """The image of a project with these bytes."""
    statement = select(Image).where(
        col(Image.project_id) == project_id, col(Image.sha256) == sha256
    )
    return session.execute(statement).scalar_one_or_none()


def by_id(session: Session, image_id: str) -> Image:
    """The row of an image that the caller already holds something of."""
    row: Image = session.execute(select(Image).where(col(Image.id) == image_id)).scalar_one()
    return row


def by_file(session: Session, project_id: str, file: str) -> Sequence[Image]:
    """The images of a project that were imported under this file name."""
    statement = select(Image).where(col(Image.project_id) == project_id, col(Image.file) == file)
    return session.execute(statement).scalars().all()


def add(session: Session, image: Image, *, gray: bytes) -> None:
    """Insert an image, and its thumbnail unless the same bytes brought it before."""
    session.add(image)
    if session.get(Thumbnail, image.sha256) is None:
        session.add(Thumbnail(sha256=image.sha256, gray=gray))
    session.flush()


def set_golden(session: Session, project_id: str, file: str, sha256: str) -> bool:
    """Write down the picture of a good part, by its file name; whether that changed anything."""
    kept = session.get(GoldenPicture, (project_id, file))
    if kept is not None and kept.sha256 == sha256:
        return False
    session.merge(GoldenPicture(project_id=project_id, file=file, sha256=sha256))
    return True


def golden(session: Session, image: Image) -> str | None:
    """The content hash of the good part's picture: the image's own, else its station's.

    Its own is kept as such, or an image of the project. Never the image itself: that beside
    it would tell what it is.
    """
    if image.golden_file is not None and image.golden_file != image.file:
        kept = session.get(GoldenPicture, (image.project_id, image.golden_file))
        if kept is not None:
            return kept.sha256
        same = by_file(session, image.project_id, image.golden_file)
        if same:
            return same[0].sha256
    return station_goldens.beside(session, image.id)


_IS_KEPT = Prepared(
    select(GOLDEN.c.sha256).where(
        GOLDEN.c.project_id == bindparam("project_id"), GOLDEN.c.file == bindparam("file")
    )
)
_IS_IMAGE = Prepared(
    select(IMAGE.c.sha256).where(
        IMAGE.c.project_id == bindparam("project_id"), IMAGE.c.file == bindparam("file")
    )
)


def has_golden(session: Session, project_id: str, file: str) -> bool:
    """Whether the picture of a good part with this name has come, in the reviewer's loop."""
    given = {"project_id": project_id, "file": file}
    return any(statement.first(session, **given) for statement in (_IS_KEPT, _IS_IMAGE))


def is_golden(session: Session, project_id: str, sha256: str) -> bool:
    """Whether these bytes are kept as the picture of a good part of the project."""
    statement = select(col(GoldenPicture.file)).where(
        col(GoldenPicture.project_id) == project_id, col(GoldenPicture.sha256) == sha256
    )
    return session.execute(statement.limit(1)).first() is not None


def set_reference(session: Session, image_id: str, labels: dict[str, int | None]) -> None:
    """Write down the known truth of an image; {} means OK."""
    session.merge(ImageReference(image_id=image_id, labels=labels))


def reference(session: Session, image_id: str) -> dict[str, int | None] | None:
    """The known truth of an image, None when it is not known."""
    row = session.get(ImageReference, image_id)
    return dict(row.labels) if row else None


def counts_by_state(session: Session, project_id: str) -> dict[str, int]:
    """How many images of a project are in each state."""
    statement = (
        select(col(Image.state), func.count())
        .where(col(Image.project_id) == project_id)
        .group_by(col(Image.state))
    )
    return {state: int(count) for state, count in session.execute(statement)}


def settled(
    session: Session, project_id: str, *, after: str, limit: int
) -> Sequence[Row[Image, bytes]]:
    """(image, thumbnail) of the next settled images by content hash, behind `after`."""
    statement = (
        select(Image, col(Thumbnail.gray))
        .join(Thumbnail, col(Thumbnail.sha256) == col(Image.sha256))
        .where(
            col(Image.project_id) == project_id,
            col(Image.state) == "settled",
            col(Image.sha256) > after,
        )
        .order_by(col(Image.sha256))
        .limit(limit)
    )
    return session.execute(statement).all()


_MARK = Prepared(
    update(IMAGE)
    .where(IMAGE.c.id == bindparam("which"))
    .values(
        state=bindparam("new_state"),
        judged_version=bindparam("new_version"),
        settled_at=bindparam("new_settled_at"),
        revision=IMAGE.c.revision + 1,
    )
)


def mark(
    session: Session,
    image_id: str,
    *,
    state: str,
    judged_version: int | None,
    settled_at: datetime | None,
) -> None:
    """Write down where an image stands, and that its outcome was computed anew."""
    _MARK.run(
        session,
        which=image_id,
        new_state=state,
        new_version=judged_version,
        new_settled_at=settled_at,
    )


def count(session: Session, project_id: str) -> int:
    """How many images a project has."""
    statement = select(func.count()).where(col(Image.project_id) == project_id)
    return int(session.execute(statement).scalar_one())
