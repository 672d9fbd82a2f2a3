import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

TABLE = "item,rater,label,line\n" + "".join(
    f"{n},{rater},{int((n + shift) % 4 == 0)},line-{n % 2}\n"
    for n in range(24)
    for rater, shift in (("anna", 0), ("ben", n % 8 == 3))
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "ratings.csv"
    file.write_text(TABLE)
    return file


def test_a_table_is_measured_without_any_database(
    run: Run, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELER_DATABASE_URL", "nonsense")
    found = json.loads(run("agreement", "--csv", table, "--json").stdout)
    label = found["defect_types"]["label"]
    assert (label["images"], label["raters"]) == (24, 2)
    assert label["statistics"]["cohen_kappa"]["value"] < 1
    assert "Cohen's kappa" in run("agreement", "--csv", table).stdout


def test_the_options_reach_the_statistics(run: Run, table: Path) -> None:
    found = json.loads(
        run(
            "agreement", "--csv", table, "--by", "line", "--positive", "0", "--level", "0.9",
            "--replicates", "50", "--seed", "3", "--json",
        ).stdout
    )["by"]  # fmt: skip
    assert set(found) == {"line-0", "line-1"}
    assert found["line-0"]["defect_types"]["label"]["positive"] == "0"
    intervals = found["line-0"]["intervals"]
    assert (intervals["level"], intervals["replicates"], intervals["seed"]) == (0.9, 50, 3)
    ordered = run("agreement", "--csv", table, "--ordered", "0, 1", "--json").stdout
    assert json.loads(ordered)["defect_types"]["label"]["categories"] == ["0", "1"]
    assert "[line-0]" in run("agreement", "--csv", table, "--by", "line").stdout


def test_weights_on_the_rank_can_be_asked_for(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "levels.csv"
    rows = [(item, rater, label) for item, labels in enumerate(("abb", "ccb", "aaa", "bcc"))
            for rater, label in enumerate(labels)]  # fmt: skip
    file.write_text("item,rater,label\n" + "".join(f"{i},r{r},{c}\n" for i, r, c in rows))
    words = ("agreement", "--csv", file, "--ordered", "a,b,c", "--weights")
    for kind in ("linear", "quadratic", "ordinal"):
        told = json.loads(run(*words, kind, "--json").stdout)["defect_types"]["label"]
        found, usual = told["statistics"][f"gwet_ac2_{kind}"], told["statistics"]["gwet_ac2"]
        assert (found["value"] == pytest.approx(usual["value"])) == (kind == "quadratic"), kind
        assert found["standard_error"] > 0
        assert f"fleiss_kappa_{kind}" in told["statistics"]
    assert "Gwet's AC2, linear" in run(*words, "linear").stdout
    refused = run("agreement", "--csv", file, "--weights", "linear", code=1).stderr
    assert "Weights need the order of the categories." in refused


def test_a_fault_in_the_table_is_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "ratings.csv"
    file.write_text("item,rater\n1,anna\n")
    assert "The column label is missing." in run("agreement", "--csv", file, code=1).stderr


def test_control_characters_of_a_table_do_not_reach_the_terminal(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "ratings.csv"
    rows = "".join(
        f'{n},"{who}\x1b[2J",x\x9b1m\u202e{int(n > 1)},"of\nlot"\n'
        for n in range(4) for who in "abc"
    )  # fmt: skip
    file.write_text("item,rater,label,lot\n" + rows)
    words = ("agreement", "--csv", file, "--by", "lot", "--replicates", "0")
    shown = run(*words).stdout
    assert "[of\\nlot]" in shown
    assert "a\\x1b[2J and b\\x1b[2J: 4 items" in shown
    assert "agreement on x\\x9b1m\\u202e0" in shown
    assert not {"\x1b", "\x9b", "\u202e"} & set(shown)
    refused = run(*words[:3], "--ordered", "a,b", code=1).stderr
    assert "The label x\\x9b1m\\u202e0 is not among" in refused
    assert json.loads(run(*words, "--json").stdout)["by"]["of\nlot"]["pairs"][0]["raters"] == [
        "a\x1b[2J", "b\x1b[2J",
    ]  # fmt: skip
    assert "has no name" in run(*words[:3], "--ordered", "a,,b", code=1).stderr


def test_a_project_is_measured_from_its_reviews(
    run: Run, project: str, pictures: Path, tmp_path: Path
) -> None:
    reviews = tmp_path / "reviews.csv"
    reviews.write_text(
        "file,reviewer,defect_type,verdict\n"
        "plate-0401-b.jpg,anna,,absent\nplate-0401-b.jpg,ben,,absent\n"
    )
    run("import", "demo", pictures)
    run("import-labels", "demo", reviews, "--as", "reviews")
    found = json.loads(run("agreement", "demo", "--json").stdout)["defect_types"]
    assert set(found) == {"scratch", "bubble", "discoloration"}
    assert found["scratch"]["ratings"] == 2
    assert "scratch: 1 items" in run("agreement", "demo").stdout


@pytest.mark.parametrize(
    "words",
    [(), ("demo", "--csv", "x.csv"), ("demo", "--positive", "1"), ("demo", "--ordered", "a,b"),
     ("demo", "--weights", "linear"), ("--csv", "x.csv", "--weights", "guess"),
     ("demo", "--group", "lot"), ("demo", "--method", "guess"), ("--csv", "x.csv", "--iou", "0.9")],
)  # fmt: skip
def test_options_that_do_not_go_together_are_wrong_usage(run: Run, words: tuple[str, ...]) -> None:
    run("agreement", *words, code=2)


def test_settings_of_the_intervals_reach_a_project_s_figures(run: Run, project: str) -> None:
    words = ("--level", "0.9", "--replicates", "50", "--seed", "3", "--json")
    intervals = json.loads(run("agreement", "demo", *words).stdout)["intervals"]
    assert (intervals["level"], intervals["replicates"], intervals["seed"]) == (0.9, 50, 3)
    assert "between 0 and 1" in run("agreement", "demo", "--level", "95", code=1).stderr


def test_intervals_are_made_as_asked_for(run: Run, table: Path, project: str) -> None:
    for of in (("--csv", table), ("demo",)):
        told = json.loads(run("agreement", *of, "--method", "linearised", "--json").stdout)
        assert told["intervals"]["method"] == "linearised"
    words = ("--method", "linearised", "--level", "0.995")
    shown = run("agreement", "--csv", table, *words).stdout
    assert "intervals: linearised, drawn by item" in shown
    assert "99.5 % interval" in shown
    assert "no interval: No linearised standard error" in shown


def test_a_table_names_what_is_drawn_as_a_whole(run: Run, table: Path) -> None:
    told = json.loads(run("agreement", "--csv", table, "--group", "line", "--json").stdout)
    assert (told["intervals"]["resampled"], told["intervals"]["groups"]) == ("item", 2)
    shown = run("agreement", "--csv", table, "--group", "line", "--replicates", "50").stdout
    assert "drawn by item (2 groups known: fewer than 3 say nothing of how groups" in shown
    table.write_text(TABLE.replace("line-1", "line-2", 2).replace("line-0", "line-3", 2))
    shown = run("agreement", "--csv", table, "--group", "line", "--replicates", "50").stdout
    assert "drawn by group, 4 groups known" in shown


def test_places_and_severity_of_a_project_are_shown(
    run: Run, project: str, pictures: Path, tmp_path: Path
) -> None:
    reviews = tmp_path / "reviews.csv"
    box = '"[{""kind"": ""box"", ""x"": 10, ""y"": 10, ""width"": 20, ""height"": 20}]"'
    reviews.write_text(
        "file,reviewer,defect_type,verdict,severity,regions\n"
        + "".join(f"plate-0401-b.jpg,{who},scratch,present,1,{box}\n" for who in ("anna", "ben"))
    )
    run("import", "demo", pictures)
    run("import-labels", "demo", reviews, "--as", "reviews")
    words = ("--iou", "0.6", "--grow-px", "0", "--boundary-px", "1")
    places = json.loads(run("agreement", "demo", *words, "--json").stdout)["defect_types"][
        "scratch"
    ]["places"]
    assert (places["iou"], places["grow_px"], places["boundary_px"]) == (0.6, 0, 1)
    assert places["statistics"]["f1"]["value"] == 1
    shown = run("agreement", "demo").stdout
    assert "1 images compared" in shown
    assert "area is width * height" in shown
    assert "severity: 0 absent, 1 " in shown
    assert "same level" in shown
    assert "above 0" in run("agreement", "demo", "--iou", "0", code=1).stderr


def test_a_project_is_compared_by_week_and_by_shift_where_they_are_known(
    run: Run, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert json.loads(run("agreement", "demo", "--by", "week", "--json").stdout) == {"by": {}}
    assert "Set LABELER_SHIFTS" in run("agreement", "demo", "--by", "shift", code=1).stderr
    monkeypatch.setenv("LABELER_SHIFTS", "06:00,14:00")
    assert json.loads(run("agreement", "demo", "--by", "shift", "--json").stdout) == {"by": {}}
    monkeypatch.setenv("LABELER_SHIFTS", "6 o'clock")
    assert "LABELER_SHIFTS: " in run("agreement", "demo", code=1).stderr
