"""Loading a project for somebody: not allowed looks exactly like not there."""

from sqlmodel import Session

from labeler.core.errors import NotFound
from labeler.core.people import Principal
from labeler.core.standard import Standard, parse_standard
from labeler.flows.site import Site
from labeler.store import projects
from labeler.store.projects import ProjectTerms
from labeler.store.tables import Project

_NO_PROJECT = "There is no such project for you. Ask your lead to add you to it."


def project_for(session: Session, who: Principal, code: str) -> Project:
    """The project, if `who` may see it. Raises `NotFound`."""
    row = projects.visible(session, code, user_id=who.user_id, everywhere=who.sees_every_project)
    if row is None:
        raise NotFound(_NO_PROJECT)
    return row


def project_holding(session: Session, who: Principal, project_id: str, missing: str) -> Project:
    """The project that something belongs to, if `who` may see it.

    Raises `NotFound` with the words of whoever asks for that thing.
    """
    row = session.get(Project, project_id)
    if row is None or not projects.visible(
        session, row.code, user_id=who.user_id, everywhere=who.sees_every_project
    ):
        raise NotFound(missing)
    return row


def terms_for(session: Session, who: Principal, code: str) -> ProjectTerms:
    """What claiming needs of a project, if `who` may see it. Raises `NotFound`."""
    terms = projects.visible_terms(
        session, code, user_id=who.user_id, everywhere=who.sees_every_project
    )
    if terms is None:
        raise NotFound(_NO_PROJECT)
    return terms


def standard_of(site: Site, session: Session, project_id: str, version: int) -> Standard:
    """A published version of a project's standard. Raises `NotFound`."""
    known = site.standards.get((project_id, version))
    if known is not None:
        return known
    document = projects.version_document(session, project_id, version)
    if document is None:
        raise NotFound("The labeling standard has no such version.")
    standard = parse_standard(document, version=version, published=True)
    site.standards[project_id, version] = standard
    return standard


def every_standard(site: Site, session: Session, project: Project) -> dict[int, Standard]:
    """All published versions of a project's standard, by number."""
    return {
        version: standard_of(site, session, project.id, version)
        for version in range(1, project.standard_version + 1)
    }
