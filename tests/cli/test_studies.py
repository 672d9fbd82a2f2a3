import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.cli.conftest import Run

# Five parts, three of them good. Anna misses part 2 once, Ben calls part 3 bad twice.
ANSWERS = {
    "1": ("ng", {"anna": ("ng", "ng"), "ben": ("ng", "ng")}),
    "2": ("ng", {"anna": ("ng", "ok"), "ben": ("ng", "ng")}),
    "3": ("ok", {"anna": ("ok", "ok"), "ben": ("ng", "ng")}),
    "4": ("ok", {"anna": ("ok", "ok"), "ben": ("ok", "ok")}),
    "5": ("ok", {"anna": ("ok", "ok"), "ben": ("ok", "ok")}),
}
LINES = [
    f"{part},{appraiser},{trial},{rating},{known}"
    for part, (known, said) in ANSWERS.items()
    for appraiser, ratings in said.items()
    for trial, rating in enumerate(ratings, start=1)
]
HEAD = "part,appraiser,trial,rating,reference"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "study.csv"
    file.write_text("\n".join([HEAD, *LINES]) + "\n")
    return file


def counts(found: dict) -> dict[str, tuple[int, int]]:
    return {name: (one["count"], one["of"]) for name, one in found.items()}


def test_a_study_is_reported_without_any_database(
    run: Run, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELER_DATABASE_URL", "nonsense")
    found = json.loads(run("msa", "--csv", table, "--json").stdout)
    assert counts(found["effectiveness"]) == {"anna": (4, 5), "ben": (4, 5)}
    assert counts(found["miss_rate"]) == {"anna": (1, 4), "ben": (0, 4)}
    assert counts(found["false_alarm_rate"]) == {"anna": (0, 6), "ben": (2, 6)}
    assert counts(found["within"]) == {"anna": (4, 5), "ben": (5, 5)}
    assert (found["between"]["count"], found["all_versus_standard"]["count"]) == (3, 3)
    # NG says by itself that it is the bad one.
    assert found["study"]["bad"] == ["ng"]
    text = run("msa", "--csv", table).stdout
    assert "Verdict: Cannot tell with this many parts" in text
    assert "Bad means: ng." in text
    assert re.search(r"anna +4/5 +80.0 %", text)


def test_the_columns_of_agreement_do_as_well(run: Run, table: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("\n".join(["item,rater,trial,label,reference", *LINES]) + "\n")
    one, two = (json.loads(run("msa", "--csv", file, "--json").stdout) for file in (table, other))
    assert one == two


def test_the_options_reach_the_report(run: Run, table: Path) -> None:
    words = ("--convention", "each_trial", "--bad", "ok", "--limit", "kappa=0.9,0.8")
    found = json.loads(run("msa", "--csv", table, *words, "--json").stdout)
    assert counts(found["versus_standard"]) == {"anna": (9, 10), "ben": (8, 10)}
    assert counts(found["right_decisions"]) == {"anna": (9, 10), "ben": (8, 10)}
    assert counts(found["effectiveness"]) == {"anna": (4, 5), "ben": (4, 5)}
    assert counts(found["miss_rate"]) == {"anna": (0, 6), "ben": (2, 6)}
    assert found["verdict"]["limits"]["kappa"] == [0.9, 0.8]
    assert found["convention"] == "each_trial"
    wilson, exact = (
        json.loads(run("msa", "--csv", table, "--interval", kind, "--json").stdout)
        for kind in ("wilson", "exact")
    )
    # 4 of 5: Clopper and Pearson 28.36 to 99.49 %, Wilson 37.55 to 96.38 %.
    for found, low, high in ((exact, 0.283582, 0.994949), (wilson, 0.375535, 0.963785)):
        share = found["effectiveness"]["anna"]
        assert (share["low"], share["high"]) == (
            pytest.approx(low, abs=1e-5), pytest.approx(high, abs=1e-5),
        )  # fmt: skip


def test_ordered_ratings_of_several_bad_kinds(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "grades.csv"
    file.write_text(
        f"{HEAD}\n1,a,1,none,none\n1,b,1,light,none\n2,a,1,deep,deep\n2,b,1,none,deep\n"
    )
    words = ("--ordered", "none,light,deep", "--bad", "light,deep", "--json")
    found = json.loads(run("msa", "--csv", file, *words).stdout)
    assert found["study"]["categories"] == ["none", "light", "deep"]
    assert counts(found["miss_rate"]) == {"a": (0, 1), "b": (1, 1)}
    assert counts(found["false_alarm_rate"]) == {"a": (0, 1), "b": (1, 1)}
    assert "gwet_ac2" in found["all_versus_standard"]


def test_each_defect_type_has_a_report_of_its_own(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "types.csv"
    lines = [f"{line},{kind}" for line in LINES for kind in ("scratch", "a/b")]
    file.write_text("\n".join([f"{HEAD},defect_type", *lines]) + "\n")
    sheet = tmp_path / "sheet.html"
    found = json.loads(run("msa", "--csv", file, "--html", sheet, "--json").stdout)
    assert set(found["defect_types"]) == {"scratch", "a/b"}
    assert {one.name for one in tmp_path.glob("*.html")} == {"sheet-scratch.html", "sheet-a_b.html"}


def test_zero_and_one_leave_open_which_is_bad(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "digits.csv"
    file.write_text(f"{HEAD}\n1,a,1,1,1\n2,a,1,0,0\n")
    found = json.loads(run("msa", "--csv", file, "--json").stdout)
    assert found["miss_rate"]["a"]["reason"] == "Nobody said which rating means a bad part."
    assert found["effectiveness"]["a"]["count"] == 2
    # Not the number of parts keeps the verdict open.
    assert found["verdict"]["not_measured"][0] == {
        "figures": ["miss_rate", "false_alarm_rate"],
        "reason": "Nobody said which rating means a bad part.",
    }
    named = json.loads(run("msa", "--csv", file, "--bad", "0", "--json").stdout)
    assert counts(named["miss_rate"]) == {"a": (0, 1)}


def test_without_references_the_verdict_says_what_is_missing(run: Run, tmp_path: Path) -> None:
    file, sheet = tmp_path / "unknown.csv", tmp_path / "sheet.html"
    lines = [f"{n},{who},1,{'ng' if n < 9 else 'ok'}," for n in range(60) for who in "ab"]
    file.write_text("\n".join([HEAD, *lines]) + "\n")
    text = run("msa", "--csv", file, "--html", sheet).stdout
    assert "Verdict: Cannot tell: not every figure was measured" in text
    why = "Effectiveness, Miss rate, False alarm rate, Kappa"
    assert f"not measured: {why}: No part has a known reference." in text
    words = " ".join(" ".join(Sheet(sheet.read_text("utf-8")).words).split())
    assert f"Not measured: {why}. No part has a known reference." in words
    for said in (text, words):
        assert "with this many parts" not in said
    assert "this many parts leave both possible" not in words


def test_a_trial_that_somebody_never_had_is_asked_of_nobody(run: Run, tmp_path: Path) -> None:
    file, sheet = tmp_path / "uneven.csv", tmp_path / "sheet.html"
    third = [f"{part},anna,3,{known},{known}" for part, (known, _) in ANSWERS.items()]
    file.write_text("\n".join([HEAD, *LINES, *third]) + "\n")
    found = json.loads(run("msa", "--csv", file, "--html", sheet, "--json").stdout)
    assert counts(found["within"]) == {"anna": (4, 5), "ben": (5, 5)}
    assert counts(found["effectiveness"]) == {"anna": (4, 5), "ben": (4, 5)}
    assert [(one["count"], one["of"]) for one in found["pairs"]] == [(3, 5)]
    assert found["all_versus_standard"]["of"] == found["between"]["of"] == 5
    assert found["study"]["trials_of"] == {"anna": ["1", "2", "3"], "ben": ["1", "2"]}
    assert found["study"]["missing_answers"] == 0
    told = "Not all appraisers had the same trials (anna: 1, 2, 3; ben: 1, 2)"
    assert told in run("msa", "--csv", file).stdout
    assert told in sheet.read_text("utf-8")


def test_a_table_may_hold_nothing_but_bad_parts(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(f"{HEAD}\n1,a,1,9,9\n1,a,2,9,9\n")
    found = json.loads(run("msa", "--csv", file, "--bad", "9", "--json").stdout)
    assert counts(found["miss_rate"]) == {"a": (0, 2)}
    assert counts(found["false_alarm_rate"]) == {"a": (0, 0)}
    sheet = tmp_path / "sheet.html"
    run("msa", "--csv", file, "--bad", "9", "--html", sheet)
    words = " ".join(" ".join(Sheet(sheet.read_text("utf-8")).words).split())
    # The verdict says so, and where each kappa to the standard would stand: on paper, too.
    assert words.count("All ratings are the same, so chance agreement is 1.") == 1 + 3


@pytest.mark.parametrize("column", ["", ",defect_type"])
def test_a_table_without_a_line_is_a_study_that_tells_nothing(
    run: Run, tmp_path: Path, column: str
) -> None:
    file = tmp_path / "empty.csv"
    file.write_text(f"{HEAD}{column}\n")
    words = ("--html", tmp_path / "sheet.html")
    found = json.loads(run("msa", "--csv", file, *words, "--json").stdout)
    if column:
        assert found == {"defect_types": {}}
    else:
        assert (found["study"]["parts"], found["verdict"]["answer"]) == (0, "not_measured")
        assert found["all_versus_standard"]["reason"] == "No part has a known reference."


def test_names_of_endless_digits_are_names(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    file.write_text(f"{HEAD}\n{'9' * 5000},a,1,ok,ok\n2,a,1,ng,ng\n")
    assert counts(json.loads(run("msa", "--csv", file, "--json").stdout)["effectiveness"]) == {
        "a": (2, 2)
    }


ONE = f"{HEAD}\n1,a,1,ok,ng\n"


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        (f"{HEAD}\n1,a,1,ok,ok\n1,a,1,ng,ok\n", (), "line 3: Item 1, rater a, trial 1 stands"),
        (f"{HEAD}\n1,a,1,ok,ok\n1,a,,ng,ok\n", (), "line 3: Item 1, rater a, trial 1 stands"),
        (f"{HEAD}\n1,a,1,ok,ok\n1,a,2,ok,ng\n", (), "line 3: Item 1 has two different references"),
        ("part,appraiser,trial\n1,a,1\n", (), "line 1: The column rating is missing."),
        (f"{HEAD}\n1,,1,ok,ok\n", (), "line 2: The column appraiser is empty."),
        (ONE, ("--bad", "worse"), "No rating has the"),
        (ONE, ("--bad", "ok,ng"), "Not every rating can be the bad one."),
        (f"{HEAD}\n1,a,1,OK,\n2,a,1,ng,\n1,b,1,ok,\n", (), "line 4: The label ok is spelled"),
        (ONE, ("--ordered", "ok,,ng"), "One of the ordered categories has no name."),
        (ONE, ("--limit", "kappa=0.1,0.9"), "The good limit is the larger"),
        (ONE, ("--limit", "pace=1,1"), "Limits exist for: effectiveness"),
        (ONE, ("--html", "/nowhere/x.html"), "cannot be written"),
    ],
)
def test_a_fault_is_named(
    run: Run, tmp_path: Path, text: str, words: tuple[str, ...], said: str
) -> None:
    file = tmp_path / "study.csv"
    file.write_text(text)
    assert said in run("msa", "--csv", file, *words, code=1).stderr


@pytest.mark.parametrize(
    "words",
    [
        (), ("--csv", "x.csv", "--convention", "some_trials"),
        ("--csv", "x.csv", "--interval", "wald"), ("--csv", "x.csv", "--limit", "kappa"),
        ("--csv", "x.csv", "--limit", "kappa=high,low"),
    ],
)  # fmt: skip
def test_wrong_usage_exits_2(run: Run, words: tuple[str, ...]) -> None:
    run("msa", *words, code=2)


class Sheet(HTMLParser):
    """The words of a sheet, its tags, and what they would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.words: list[str] = []
        self.language: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.language = dict(attrs).get("lang") or self.language
        self.fetched += [
            str(value) for name, value in attrs
            if name in ("src", "href", "srcset") or name.startswith("on") or name == "style"
        ]  # fmt: skip

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_sheet_to_print_needs_nothing_but_itself(
    run: Run, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = table.rename(table.with_name("a <b> study.csv"))
    file = tmp_path / "sheet.html"
    run("msa", "--csv", table, "--html", file)
    sheet = Sheet(file.read_text("utf-8"))
    assert sheet.fetched == []
    assert {"script", "link", "img", "b"}.isdisjoint(sheet.tags)
    assert {"svg", "style", "table"} <= set(sheet.tags)
    words = " ".join(" ".join(sheet.words).split())
    assert "a <b> study.csv" in words
    for said in ("80.0 %", "37.6–96.4", "4 / 5", "Cannot tell with this many parts", "Approved by"):
        assert said in words
    assert "url(" not in file.read_text("utf-8")
    monkeypatch.setenv("LABELER_LANGUAGE", "ko")
    run("msa", "--csv", table, "--html", file)
    korean = Sheet(file.read_text("utf-8"))
    assert (sheet.language, korean.language) == ("en", "ko")
    assert "Verdict" not in " ".join(korean.words)


def test_no_number_reads_like_a_limit_that_it_is_not(run: Run, tmp_path: Path) -> None:
    known = ["ng"] * 12 + ["ok"] * 23
    lines = [f"{n},{who},1,{one},{one}" for n, one in enumerate(known) for who in ("anna", "ben")]
    table, file = tmp_path / "study.csv", tmp_path / "sheet.html"
    table.write_text("\n".join([HEAD, *lines]))
    limits = ("--limit", "miss_rate=0.0004,0.0333", "--limit", "kappa=0.755,0.405")
    words = ("--interval", "exact", *limits)
    told = run("msa", "--csv", table, *words, "--html", file).stdout
    sheet = " ".join(" ".join(Sheet(file.read_text("utf-8")).words).split())
    # 35 of 35 reach down to .025 ** (1 / 35) = .899968: of 90 % that is short.
    for text in (told, sheet):
        assert "with all of them right the interval still reaches down to 89.997 %" in text
        assert "12 bad parts cannot show a miss rate of 0.04 %" in text
    assert "35/35   100.0 %   89.997 to 100.0" in told
    assert sheet.count("89.997–100.0") == 8, "the verdict, the chart and its words, the table"
    assert "Miss rate: good up to 0.04 %, not acceptable above 3.33 %" in sheet
    assert "Kappa: good above 0.755, not acceptable below 0.405" in sheet
