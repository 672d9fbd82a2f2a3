import json
import urllib.request
from pathlib import Path

from tests.cli.conftest import Run, Start, until


def ask(sheet: dict, role: str, path: str) -> dict:
    request = urllib.request.Request(  # noqa: S310  loopback
        sheet["address"] + "/api/v1" + path,
        headers={"Authorization": f"Bearer {sheet['tokens'][role]}"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  loopback
        return dict(json.load(answer))


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
    assert counts["reviews"] == 120
    assert counts["waiting"] >= 20
    assert len(ask(sheet, "lead", "/projects/demo/disputes")["items"]) == 8
    # The worker beside the server makes the export that the demo asked for.
    assert until(
        lambda: ask(sheet, "engineer", "/projects/demo/exports")["items"][0]["status"] == "done",
        seconds=60,
    )
    assert first.end() == 0

    second = start("demo", LABELER_DATA=str(folder))
    again = json.loads((folder / "demo.json").read_text())
    assert (again["tokens"], again["logins"]) == (sheet["tokens"], sheet["logins"])
    assert again["address"] == second.address
    assert ask(again, "lead", "/projects/demo/progress") == counts
    assert second.end() == 0
