"""Setting up projects and keeping their labeling standard."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from labeler.core.audit import OPERATOR
from labeler.core.errors import Conflict, FieldError, InvalidInput, NotFound
from labeler.core.people import Principal
from labeler.core.standard import Standard, check_succession, parse_standard
from labeler.core.terms import DataClass, Role
from labeler.flows.scope import project_for, standard_of
from labeler.flows.site import Site
from labeler.store import audit, planned, projects, repeats
from labeler.store.tables import Member, Project, StandardVersion

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}\Z")


@dataclass(frozen=True, slots=True)
class ProjectInfo:
    """A project as its members see it."""

    id: str
    code: str
    name: str
    overlap: int
    majority: bool
    data_class: DataClass
    standard: Standard


def create_project(
    site: Site,
    code: str,
    document: Mapping[str, object],
    *,
    name: str = "",
    overlap: int = 2,
    majority: bool = False,
    data_class: DataClass = DataClass.QUALITY,
    by: Principal | None = None,
) -> ProjectInfo:
    """Create a project with version 1 of its standard; a lead who makes it is a member.

    Raises `InvalidInput`, or `Conflict` when the code is taken.
    """
    standard = _checked(code, overlap, document)
    now = site.now()

    def deed(session: Session) -> Project:
        if projects.exists(session, code):
            raise Conflict(
                "There is a project {code} already. Choose another code.",
                code=code, current={"code": code},
            )  # fmt: skip
        row = Project(
            id=site.new_id(), code=code, name=name.strip() or code, overlap=overlap,
            majority=majority, data_class=data_class, standard_version=1, created_at=now,
        )  # fmt: skip
        projects.add(session, row)
        projects.add(
            session,
            StandardVersion(
                project_id=row.id, version=1, document=standard.document(),
                published_by=by.user_id if by else None, published_at=now,
            ),
        )  # fmt: skip
        if by is not None and by.role is not Role.ADMIN:
            projects.add(session, Member(project_id=row.id, user_id=by.user_id))
        audit.append(
            session, at=now, actor=by.user_id if by else OPERATOR,
            action="project.created", subject=row.id,
            data={"code": code, "overlap": overlap, "majority": majority},
        )  # fmt: skip
        return row

    row = site.database.write(deed)
    return _info(row, standard)


def get_project(site: Site, who: Principal, code: str) -> ProjectInfo:
    """A project with its current standard. Raises `NotFound`."""
    with site.database.read() as session:
        row = project_for(session, who, code)
        return _info(row, standard_of(site, session, row.id, row.standard_version))


def list_projects(site: Site, who: Principal) -> list[ProjectInfo]:
    """The projects that `who` may see, by code."""
    with site.database.read() as session:
        found = projects.all_visible(
            session, user_id=who.user_id, everywhere=who.sees_every_project
        )
        return [_info(p, standard_of(site, session, p.id, p.standard_version)) for p in found]


def get_standard(site: Site, who: Principal, code: str, version: int | None) -> Standard:
    """A published version; None means the current one. Raises `NotFound`."""
    with site.database.read() as session:
        row = project_for(session, who, code)
        return standard_of(site, session, row.id, version or row.standard_version)


def list_standards(site: Site, who: Principal, code: str) -> list[Standard]:
    """Every published version, oldest first. Raises `NotFound`."""
    with site.database.read() as session:
        row = project_for(session, who, code)
        found = projects.versions(session, row.id)
        return [standard_of(site, session, row.id, v.version) for v in found]


def get_draft(site: Site, who: Principal, code: str) -> Mapping[str, object] | None:
    """The draft's document, if there is one. Raises `NotFound` for a foreign project."""
    with site.database.read() as session:
        found = projects.draft(session, project_for(session, who, code).id)
        return found.document if found else None


def save_draft(site: Site, who: Principal, code: str, document: Mapping[str, object]) -> None:
    """Keep the next version of the standard; it must be valid. Raises `InvalidInput`."""

    def deed(session: Session) -> None:
        row = project_for(session, who, code)
        current = standard_of(site, session, row.id, row.standard_version)
        new = parse_standard(document, version=current.version + 1)
        check_succession(current, new)
        projects.save_draft(session, row.id, new.document(), by=who.user_id, at=site.now())
        audit.append(
            session, at=site.now(), actor=who.user_id, action="standard.drafted",
            subject=row.id, data={"version": new.version},
        )  # fmt: skip

    site.database.write(deed)


def publish(
    site: Site, who: Principal, code: str, document: Mapping[str, object] | None = None
) -> Standard:
    """Publish the draft, or `document`, as the next version.

    Leases already given keep their version; hidden repeats that nobody holds yet are called
    off. Raises `NotFound` without a draft,
    `InvalidInput` when the new version would break reviews already made.
    """

    def deed(session: Session) -> Standard:
        row = project_for(session, who, code)
        current = standard_of(site, session, row.id, row.standard_version)
        chosen = document
        if chosen is None:
            kept = projects.draft(session, row.id)
            if kept is None:
                raise NotFound("There is no draft to publish. Save one first.")
            chosen = kept.document
        new = parse_standard(chosen, version=current.version + 1)
        check_succession(current, new)
        projects.add(
            session,
            StandardVersion(
                project_id=row.id, version=new.version, document=new.document(),
                published_by=who.user_id or None, published_at=site.now(),
            ),
        )  # fmt: skip
        projects.set_version(session, row.id, new.version)
        # A repeat under another standard would compare two books, not two looks.
        planned.call_off(session, row.id, repeats.occasions(session, row.id))
        projects.drop_draft(session, row.id)
        audit.append(
            session, at=site.now(), actor=who.user_id, action="standard.published",
            subject=row.id, data={"version": new.version},
        )  # fmt: skip
        return new

    return site.database.write(deed)


def _info(row: Project, standard: Standard) -> ProjectInfo:
    return ProjectInfo(
        row.id, row.code, row.name, row.overlap, row.majority, DataClass(row.data_class), standard
    )


def term_faults(code: str, overlap: int) -> list[FieldError]:
    """What is wrong with a new project's terms, its standard aside."""
    faults = []
    if not _CODE.match(code):
        faults.append(FieldError("code", "A code has 1 to 40 of a-z, 0-9, _ and -."))
    if not 2 <= overlap <= 5:
        faults.append(FieldError("overlap", "Two to five reviewers judge each image."))
    return faults


def _checked(code: str, overlap: int, document: Mapping[str, object]) -> Standard:
    """The first version of the standard; every fault of the project in one refusal."""
    faults = term_faults(code, overlap)
    try:
        standard = parse_standard(document, version=1)
    except InvalidInput as error:
        if not faults:
            raise
        faults.extend(error.fields)
    if faults:
        raise InvalidInput("The project cannot be created.", fields=faults)
    return standard
