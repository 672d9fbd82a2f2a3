"""The example pictures of a labeling standard: bringing them, and showing them to members."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from sqlmodel import Session

from labeler.core.errors import FieldError, InvalidInput, NotFound
from labeler.core.people import Principal
from labeler.core.standard import Standard, parse_standard
from labeler.core.terms import ExampleKind, Role
from labeler.flows.images import preview_of
from labeler.flows.kept_pictures import keep_picture
from labeler.flows.projects import save_draft
from labeler.flows.scope import project_for, standard_of
from labeler.flows.site import Site
from labeler.store import audit, images, projects
from labeler.store.tables import ExamplePicture, Project

_NONE = "There is no such example for you."


@dataclass(frozen=True, slots=True)
class NewExample:
    """An example to write into the draft; `image` is a SHA-256 that the project knows."""

    defect_type: str
    kind: ExampleKind
    image: str
    note: Mapping[str, str] = field(default_factory=dict)


def upload_example(site: Site, who: Principal, code: str, name: str, stream: BinaryIO) -> str:
    """Keep a picture as a possible example, never to be judged; its SHA-256.

    Raises `NotFound`, `InvalidInput` for what is no picture, `Unavailable`.
    """
    with site.database.read() as session:
        project = project_for(session, who, code)
    sha256, file = keep_picture(site, name, stream)

    def deed(session: Session) -> str:
        if projects.example(session, project.id, sha256) is None:
            projects.add(
                session,
                ExamplePicture(
                    project_id=project.id, sha256=sha256, file=file,
                    uploaded_by=who.user_id, uploaded_at=site.now(),
                ),
            )  # fmt: skip
            audit.append(
                session, at=site.now(), actor=who.user_id, action="example.uploaded",
                subject=project.id, data={"sha256": sha256, "file": file},
            )  # fmt: skip
        return sha256

    return site.database.write(deed)


def add_example(site: Site, who: Principal, code: str, new: NewExample) -> None:
    """Write an example into the draft, which begins as the standard in force.

    Raises `NotFound`, `InvalidInput` for a picture or defect type that is not there.
    """
    with site.database.read() as session:
        project = project_for(session, who, code)
        current = standard_of(site, session, project.id, project.standard_version)
        kept = projects.draft(session, project.id)
        known = _is_known(session, project, new.image)
    if not known:
        raise InvalidInput(
            "The example cannot be added.",
            fields=[FieldError("image", "The project has no such picture. Upload it.")],
        )
    draft = parse_standard(kept.document, version=current.version + 1) if kept else current
    save_draft(site, who, code, _with(draft, new))


def _with(draft: Standard, new: NewExample) -> dict[str, Any]:
    if draft.find(new.defect_type) is None:
        raise InvalidInput(
            "The example cannot be added.",
            fields=[FieldError("defect_type", "The standard has no such defect type.")],
        )
    entries: list[dict[str, Any]] = [entry.document() for entry in draft.defect_types]
    for entry in entries:
        if entry["code"] == new.defect_type:
            note = {language: text for language, text in new.note.items() if text.strip()}
            entry["examples"].append({"kind": new.kind, "image": new.image, "note": note})
    return {"defect_types": entries}


def example_preview(
    site: Site, who: Principal, code: str, sha256: str, width: int
) -> tuple[Path, str]:
    """(file, content tag) of an example's picture.

    Members see what a published version shows; leads also what the draft or an upload holds.
    A picture that the standard names but the project does not have is not there: a standard
    opens no way to another project's pictures. Raises `NotFound`, `InvalidInput`.
    """
    with site.database.read() as session:
        project = project_for(session, who, code)
        shows = _is_example if who.role in (Role.LEAD, Role.ADMIN) else _is_shown
        if not shows(site, session, project, sha256) or not _is_known(session, project, sha256):
            raise NotFound(_NONE)
    return preview_of(site, sha256, width)


def _is_shown(site: Site, session: Session, project: Project, sha256: str) -> bool:
    """Whether any published version shows the picture, the newest asked first."""
    return any(
        sha256 in standard_of(site, session, project.id, version).pictures
        for version in range(project.standard_version, 0, -1)
    )


def _is_example(site: Site, session: Session, project: Project, sha256: str) -> bool:
    if projects.example(session, project.id, sha256) is not None:
        return True
    if _is_shown(site, session, project, sha256):
        return True
    kept = projects.draft(session, project.id)
    return kept is not None and sha256 in parse_standard(kept.document, version=0).pictures


def _is_known(session: Session, project: Project, sha256: str) -> bool:
    return (
        projects.example(session, project.id, sha256) is not None
        or images.by_content(session, project.id, sha256) is not None
        or images.is_golden(session, project.id, sha256)
    )
