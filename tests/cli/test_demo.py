import json
import urllib.request
from pathlib import Path

import httpx

from tests.cli.conftest import Run, Start, until


def ask(sheet: dict, role: str, path: str) -> dict:
    request = urllib.request.Request(  # noqa: S310  loopback
        sheet["address"] + "/api/v1" + path,
        headers={"Authorization": f"Bearer {sheet['tokens'][role]}"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  loopback
        return dict(json.load(answer))


PAGES = (
    "agreement", "agreement/audits", "agreement/differences", "agreement/reviewers",
    "agreement/trend", "disputes", "exports", "exports/list", "images", "images/good-parts",
    "standard", "standard/requests", "studies",
)  # fmt: skip


def empty_pages(sheet: dict) -> list[str]:
    """The lead's pages of the project that have nothing to show."""
    who = sheet["logins"]["lead"]
    with httpx.Client(
        base_url=sheet["address"], headers={"accept": "text/html"}, trust_env=False, timeout=60,
        follow_redirects=True,
    ) as lead:  # fmt: skip
        told = {"name": who["name"], "password": who["secret"]}
        lead.post("/sign-in", data=told, headers={"origin": sheet["address"]}).raise_for_status()
        answers = {name: lead.get(f"/projects/demo/{name}") for name in PAGES}
    return [
        name
        for name, answer in answers.items()
        if answer.status_code != 200 or 'class="empty"' in answer.text
    ]


def test_the_demo_serves_the_sample_and_again_keeps_it(
    start: Start, tmp_path: Path, run: Run
) -> None:
    folder = tmp_path / "demo"
    first = start("demo", "--data", folder)
    sheet = json.loads((folder / "demo.json").read_text())
    assert json.dumps(sheet, indent=2) in first.output
    assert sheet["address"] == first.address
    counts = ask(sheet, "lead", "/projects/demo/progress")
    assert counts["images"] == 80
    assert counts["reviews"] == 121
    assert counts["waiting"] >= 20
    assert len(ask(sheet, "lead", "/projects/demo/disputes")["items"]) == 8
    # The worker beside the server makes the export that the demo asked for.
    assert until(
        lambda: ask(sheet, "engineer", "/projects/demo/exports")["items"][0]["status"] == "done",
        seconds=60,
    )
    assert empty_pages(sheet) == []
    assert first.end() == 0

    second = start("demo", LABELER_DATA=str(folder))
    again = json.loads((folder / "demo.json").read_text())
    assert (again["tokens"], again["logins"]) == (sheet["tokens"], sheet["logins"])
    assert again["address"] == second.address
    assert ask(again, "lead", "/projects/demo/progress") == counts
    assert second.end() == 0
