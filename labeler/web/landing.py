"""Where somebody goes after signing in."""

import re

from labeler.core.people import Principal
from labeler.core.terms import Role
from labeler.flows import projects
from labeler.flows.site import Site
from labeler.web.addresses import local_path

_PROJECT = re.compile(r"/projects/([^/?#]+)")


def landing(site: Site, who: Principal, target: str) -> str:
    """Where they wanted to go, or else to their work.

    On a shared tablet the address may be left from another person: a reviewer goes to no page of
    a project that is none of theirs.
    """
    wanted = local_path(target)
    if who.role is not Role.REVIEWER:
        return wanted
    mine = [project.code for project in projects.list_projects(site, who)]
    named = _PROJECT.match(wanted)
    if wanted != "/" and (named is None or named[1] in mine):
        return wanted
    return f"/projects/{mine[0]}/review" if len(mine) == 1 else "/"
