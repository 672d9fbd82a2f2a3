"""What is not built or not known is named, never left aside in silence."""

from typing import Any

from tests.web.conftest import Door, picture


def test_studies_are_named_as_not_built(door: Door) -> None:
    lead, anna = door.client(door.cast.lead), door.client(door.cast.anna)
    for at in ("/projects/plates/studies", "/api/v1/studies/1", "/api/v1/projects/plates/studies"):
        told = lead.get(at)
        assert told.status_code == 422, at
        assert "Studies are not built yet" in told.json()["detail"]
        assert anna.get(at).status_code == 404
    page = lead.get("/projects/plates/studies", headers={"accept": "text/html"})
    assert page.status_code == 422
    assert "Studies are not built yet" in page.text
    assert lead.get("/projects/nowhere/studies").status_code == 404


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
