"""The application with a signed-in client per person, as the tests of the web have it."""

from tests.web.conftest import door

__all__ = ["door"]
