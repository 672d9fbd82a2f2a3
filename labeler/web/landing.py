"""Where somebody goes after signing in."""

from labeler.core.people import Principal
from labeler.core.terms import Role
from labeler.flows import projects
from labeler.flows.site import Site
from labeler.web.addresses import local_path


def landing(site: Site, who: Principal, target: str) -> str:
    """Where they wanted to go, or else to their work."""
    wanted = local_path(target)
    if wanted != "/":
        return wanted
    if who.role is Role.REVIEWER:
        mine = projects.list_projects(site, who)
        if len(mine) == 1:
            return f"/projects/{mine[0].code}/review"
    return "/"
