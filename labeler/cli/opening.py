"""The installation that a command works on, and who works on it.

Whoever may run commands on the server is its operator: flows that can do without a
person get `by=None`, all others get `OPERATOR`, who has every right and is nobody's
account. Its events name the actor `command line`.
"""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from labeler.cli.output import note
from labeler.core import audit
from labeler.core.people import Principal
from labeler.core.terms import Role, Scope
from labeler.settings import PREFIX, Settings, load_settings

if TYPE_CHECKING:
    from labeler.flows.site import Site

OPERATOR = Principal("", audit.OPERATOR, Role.ADMIN, frozenset(Scope))


def opened(
    settings: Settings | None = None, *, upgrade: bool = False
) -> AbstractContextManager["Site"]:
    """The installation of the environment, ready to work; see `labeler.flows.opening`."""
    from labeler.flows import opening

    return opening.opened(settings or load_settings(), upgrade=upgrade, tell=note)


def unprepared() -> AbstractContextManager["Site"]:
    """The installation of the environment, whatever state its database is in."""
    from labeler.flows import opening

    return opening.unprepared(load_settings())


def environment_of(settings: Settings) -> dict[str, str]:
    """The `LABELER_*` names that give another process the same settings."""
    found = {}
    for name in Settings.model_fields:
        value = getattr(settings, name)
        text = ",".join(value) if isinstance(value, tuple) else str(value)
        found[f"{PREFIX}{name.upper()}"] = text
    found[f"{PREFIX}DATA"] = str(settings.data.resolve())
    return found
