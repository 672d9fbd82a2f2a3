"""What is not built or not known is named, never left aside in silence."""

from typing import Any

from tests.web.conftest import Door, picture


def test_an_unknown_field_of_an_import_is_named_and_nothing_comes_in(door: Door) -> None:
    lead = door.client(door.cast.lead)
    at = "/api/v1/projects/plates/images"
    file: tuple[str, Any] = ("files", ("a.png", picture(1)))
    for extra in (("strict", (None, "1")), ("manifests", ("import.csv", "file,lot\na.png,L1\n"))):
        refused = lead.post(at, files=[file, extra])
        assert refused.status_code == 422
        assert [e["field"] for e in refused.json()["errors"]] == [extra[0]]
    assert lead.get(at).json()["items"] == []
    known = ("manifest", ("import.csv", "file,lot\na.png,L1\n"))
    assert lead.post(at, files=[file, known]).status_code == 200
    assert len(lead.get(at).json()["items"]) == 1
