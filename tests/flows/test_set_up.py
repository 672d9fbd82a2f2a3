"""The one-time code of the first start, and what is written down about it."""

import pytest

from labeler.core.audit import OPERATOR
from labeler.core.errors import NotSignedIn
from labeler.flows.reading import list_events
from labeler.flows.set_up import first_administrator, issue_code
from labeler.flows.site import Site
from tests.cast import PASSWORD


def test_a_code_that_replaces_another_leaves_an_event_that_does_not_tell_it(site: Site) -> None:
    codes = [issue_code(site), issue_code(site)]
    events = list_events(site)
    assert [(e.actor, e.action) for e in events] == [(OPERATOR, "setup_code.issued")] * 2
    told = repr(events)
    assert all(part not in told for code in codes for part in code.split("-"))
    with pytest.raises(NotSignedIn):
        first_administrator(site, codes[0], "ada", PASSWORD)
    first_administrator(site, codes[1], "ada", PASSWORD)
