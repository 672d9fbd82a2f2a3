"""The links at the top of a page: what this person can do here."""

from collections.abc import Callable
from dataclasses import dataclass

from labeler.core.people import Principal
from labeler.core.terms import Role


@dataclass(frozen=True, slots=True)
class NavLink:
    """One link; `current` marks where the person is."""

    href: str
    label: str
    current: bool


_IN_PROJECT = (
    ("review", "Review", {Role.REVIEWER, Role.LEAD, Role.ADMIN}),
    ("images", "Images", {Role.LEAD, Role.ENGINEER, Role.ADMIN}),
    ("disputes", "Disputes", {Role.LEAD, Role.ADMIN}),
    ("agreement", "Agreement", {Role.LEAD, Role.ENGINEER, Role.ADMIN}),
    ("studies", "Studies", {Role.LEAD, Role.ADMIN}),
    ("standard", "Standard", set(Role)),
    ("exports", "Datasets", {Role.LEAD, Role.ENGINEER, Role.ADMIN}),
)


def navigation(
    who: Principal | None, code: str | None, path: str, gettext: Callable[[str], str]
) -> list[NavLink]:
    """The links for a person, inside a project when `code` is given."""
    if who is None:
        return []
    links = [NavLink("/", gettext("Projects"), current=path == "/")]
    if code is not None:
        for area, label, roles in _IN_PROJECT:
            href = f"/projects/{code}/{area}"
            if who.role in roles:
                links.append(
                    NavLink(href, gettext(label), current=f"{path}/".startswith(f"{href}/"))
                )
    if who.role in (Role.LEAD, Role.ADMIN):
        links.append(NavLink("/people", gettext("People"), current=path == "/people"))
    return links
