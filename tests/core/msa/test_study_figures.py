"""Every count of a study against loops that do what the words say."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.core.agreement.values import Reason, Undefined
from labeler.core.msa.report import report_study
from labeler.core.msa.settings import Convention, StudySettings
from labeler.core.msa.text import render_text
from tests.core.agreement.made_tables import slow_fleiss, value
from tests.core.msa.made_studies import FIVE, study

FAST = StudySettings(replicates=0)
EACH = StudySettings(convention=Convention.EACH_TRIAL, replicates=0)
LETTERS = "gmb"  # good, a little bad, bad


@st.composite
def studies(draw):
    """Parts with a reference or none, two or three appraisers, one to three trials."""
    appraisers = draw(st.sampled_from(["AB", "ABC"]))
    trials = draw(st.integers(1, 3))
    letters = st.sampled_from("gggmmbbb?-")
    said = st.text(letters, min_size=trials, max_size=trials)
    part = st.tuples(
        st.sampled_from("gmb-"), st.fixed_dictionaries(dict.fromkeys(appraisers, said))
    )
    return draw(st.lists(part, min_size=1, max_size=7))


def slow_share(hits):
    """(count, of) of a list of True and False."""
    return sum(hits), len(hits)


def slow_counts(parts, appraisers):
    """All-trials and each-trial counts of `appraisers`, by the words of the conventions."""
    trials = range(len(parts[0][1]["A"]))
    found = {"within": [], "pairs": [], "alike": [], "right": [], "right each": [],
             "rounds": [], "right rounds": [], "miss": [], "alarm": []}  # fmt: skip
    for known, said in parts:
        answers = "".join(said[a] for a in appraisers)
        decided = [one for one in answers if one in LETTERS]
        if "-" not in answers:
            found["alike"].append(len(set(answers)) == 1 and "?" not in answers)
            if known != "-":
                found["right"].append(set(answers) == {known})
        for one in appraisers:
            own = [letter for letter in said[one] if letter in LETTERS]
            found["pairs"] += [a == b for a, b in combinations(own, 2)]
        for trial in trials:
            of_all = [said[a][trial] for a in appraisers]
            if all(letter in LETTERS for letter in of_all):
                found["rounds"].append(len(set(of_all)) == 1)
                if known != "-":
                    found["right rounds"].append(set(of_all) == {known})
        if known != "-":
            found["right each"] += [letter == known for letter in decided]
            if known == "g":
                found["alarm"] += [letter != "g" for letter in decided]
            else:
                found["miss"] += [letter == "g" for letter in decided]
    return {name: slow_share(hits) for name, hits in found.items()}


def counted(share):
    return share.count, share.of


@settings(max_examples=60, deadline=None)
@given(studies())
def test_every_count_is_what_the_words_say(parts) -> None:
    table = study(parts, LETTERS, bad="mb")
    everybody = table.appraisers
    whole, each = report_study(table, FAST), report_study(table, EACH)
    for index, appraiser in enumerate(everybody):
        wanted = slow_counts(parts, [appraiser])
        versus = whole.versus[index]
        assert counted(versus.share) == counted(versus.all_trials) == wanted["right"]
        assert counted(versus.decisions) == wanted["right each"]
        assert counted(each.versus[index].share) == wanted["right each"]
        assert counted(versus.miss_rate) == wanted["miss"]
        assert counted(versus.false_alarm_rate) == wanted["alarm"]
        if len(table.trials) > 1:
            assert counted(whole.within[index].share) == wanted["alike"]
            assert counted(each.within[index].share) == wanted["pairs"]
            rows = [
                [LETTERS.find(one) if one in LETTERS else None for one in said[appraiser]]
                for _, said in parts
            ]
            slow = slow_fleiss(rows, 3)
            found = value(whole.within[index].kappa)
            assert found is slow is None or found == pytest.approx(slow, abs=1e-9)
    for place, pair in enumerate(combinations(everybody, 2)):
        wanted = slow_counts(parts, pair)
        assert counted(whole.pairs[place].share) == wanted["alike"]
        assert counted(each.pairs[place].share) == wanted["rounds"]
    wanted = slow_counts(parts, everybody)
    assert counted(whole.between.share) == wanted["alike"]
    assert counted(whole.all_versus.share) == wanted["right"]
    assert counted(each.between.share) == wanted["rounds"]
    assert counted(each.all_versus.share) == wanted["right rounds"]


@settings(max_examples=25, deadline=None)
@given(studies(), st.randoms(use_true_random=False))
def test_the_order_of_parts_and_trials_changes_no_figure(parts, chance) -> None:
    order = list(range(len(parts[0][1]["A"])))
    chance.shuffle(order)
    moved = [
        (known, {a: "".join(said[a][t] for t in order) for a in said}) for known, said in parts
    ]
    chance.shuffle(moved)
    one, other = (report_study(study(p, LETTERS, bad="mb"), FAST) for p in (parts, moved))
    for a, b in zip(figures_of(one), figures_of(other), strict=True):
        assert a is b is None or a == pytest.approx(b, abs=1e-9)


def figures_of(report):
    for one in (*report.within, *report.versus, *report.pairs, report.between, report.all_versus):
        yield value(one.share.figure)
        yield value(one.kappa)


def test_renaming_good_and_bad_swaps_misses_and_false_alarms() -> None:
    swapped = [
        (known.translate(str.maketrans("gb", "bg")),
         {a: text.translate(str.maketrans("gb", "bg")) for a, text in said.items()})
        for known, said in FIVE
    ]  # fmt: skip
    for one, other in zip(
        report_study(study(FIVE), FAST).versus, report_study(study(swapped), FAST).versus,
        strict=True,
    ):  # fmt: skip
        assert counted(one.miss_rate) == counted(other.false_alarm_rate)
        assert value(one.kappa) == pytest.approx(value(other.kappa))


def test_can_t_tell_is_no_decision_and_never_right() -> None:
    found = report_study(study([("b", {"A": "b?", "B": "bb"}), *FIVE[2:]]), FAST)
    assert counted(found.versus[0].share) == (3, 4)
    assert counted(found.within[0].share) == (3, 4)
    assert counted(found.versus[0].miss_rate) == (0, 1)
    assert (found.versus[0].unsure, found.versus[0].answers) == (1, 8)
    assert found.too_unsure == ("A",)
    assert found.disagreements[0].answers == (("b", "unsure"), ("b", "b"))


def test_a_part_that_lacks_a_trial_is_left_out_of_all_trials_only() -> None:
    found = report_study(study([("b", {"A": "b-", "B": "bb"}), *FIVE[2:]]), FAST)
    assert counted(found.versus[0].share) == (3, 3)
    assert counted(found.versus[0].decisions) == (7, 7)
    assert found.missing == 1


@pytest.mark.parametrize(
    ("parts", "where", "reason"),
    [
        ([("b", {"A": "b", "B": "g"})], lambda r: r.within[0].share, Reason.ONE_TRIAL),
        ([("-", {"A": "bb"})], lambda r: r.versus[0].share, Reason.NO_REFERENCE),
        ([("-", {"A": "bb"})], lambda r: r.versus[0].miss_rate, Reason.NO_REFERENCE),
        ([("-", {"A": "bb"})], lambda r: r.all_versus.share, Reason.NO_REFERENCE),
        ([("g", {"A": "gb"})], lambda r: r.versus[0].miss_rate, Reason.NO_KNOWN_POSITIVE),
        ([("b", {"A": "bb"})], lambda r: r.versus[0].false_alarm_rate, Reason.NO_KNOWN_NEGATIVE),
        ([("b", {"A": "bb"})], lambda r: r.between.share, Reason.ONE_RATER),
        ([("b", {"A": "b-"})], lambda r: r.versus[0].share, Reason.NO_COMPLETE_PART),
        ([("b", {"A": "--"})], lambda r: r.versus[0].decisions, Reason.NO_KNOWN_ANSWER),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_says_why(parts, where, reason) -> None:
    share = where(report_study(study(parts), FAST))
    assert share.figure == Undefined(reason)
    document = share.document()
    assert (document["count"], document["of"], document["value"]) == (0, 0, None)
    assert document["reason"] == str(reason)


def test_without_a_bad_category_nobody_can_miss_anything() -> None:
    found = report_study(study(FIVE, bad=()), FAST)
    assert found.versus[0].miss_rate.figure == Undefined(Reason.NO_BAD_CATEGORY)
    assert counted(found.versus[0].share) == (4, 5)
    assert (found.bad_parts, found.good_parts) == (0, 0)


def test_ordered_ratings_carry_ac2_and_ordinal_alpha() -> None:
    parts = [
        ("g", {"A": "gg", "B": "gm"}),
        ("m", {"A": "mm", "B": "mb"}),
        ("b", {"A": "bb", "B": "bb"}),
    ]
    ordered = report_study(study(parts, LETTERS, bad="mb", ordered=True), FAST)
    names = {"gwet_ac2", "krippendorff_alpha_ordinal"}
    for one in (ordered.within[0], ordered.versus[0], ordered.between, ordered.all_versus):
        assert names <= set(one.others)
    assert value(ordered.versus[0].others["gwet_ac2"]) == pytest.approx(1)
    # B is one step off in two of six decisions: nearer to the standard than nominal kappa says.
    b = ordered.versus[1]
    assert value(b.others["gwet_ac2"]) > value(b.others["fleiss_kappa"])
    nominal = report_study(study(parts, LETTERS, bad="mb"), FAST)
    assert names.isdisjoint(nominal.between.others)


def test_the_names_of_the_contract() -> None:
    document = report_study(study(FIVE), StudySettings(replicates=100)).document()
    assert {
        "within", "versus_standard", "between", "all_versus_standard", "pairs", "effectiveness",
        "miss_rate", "false_alarm_rate", "verdict",
    } <= set(document)  # fmt: skip
    shares = [
        *document["within"].values(), *document["versus_standard"].values(), document["between"],
        document["all_versus_standard"], *document["pairs"],
    ]  # fmt: skip
    for share in (*shares, *document["effectiveness"].values(), *document["miss_rate"].values()):
        assert {"count", "of", "value", "low", "high"} <= set(share)
    for share in shares:
        assert {"value", "low", "high"} <= set(share["kappa"])
    assert document["effectiveness"]["B"]["count"] == 4
    assert document["pairs"][0]["appraisers"] == ["A", "B"]
    assert document["study"]["bad"] == ["b"]


def test_what_cannot_be_proved_is_true_of_what_is_judged_under_either_convention() -> None:
    """Fifty parts, and each appraiser wrong once on three of them."""
    slips = {1: "A", 2: "A", 3: "A", 4: "B", 5: "B", 6: "B"}
    parts = [
        ("b" if n % 3 == 0 else "g", dict.fromkeys("AB", ("b" if n % 3 == 0 else "g") * 3))
        for n in range(50)
    ]
    for n, who in slips.items():
        known, said = parts[n]
        said[who] = known * 2 + ("g" if known == "b" else "b")
    for convention in Convention:
        report = report_study(study(parts), StudySettings(convention, replicates=50))
        judged = [one for one in report.verdict.judgements if one.judged == "effectiveness"]
        assert [(one.figure.count, one.figure.of) for one in judged] == [(47, 50)] * 2
        [reach] = [one for one in report.verdict.reach if one.judged == "effectiveness"]
        # Shown to be good is an effectiveness with no more wrong parts than the reach says.
        assert (reach.errors, [str(one.answer) for one in judged]) == (0, ["marginal"] * 2)
        text = render_text(report)
        assert "an effectiveness of 90 % is shown only if not one part is wrong" in text
        for title, count in (("Effectiveness", "47/50"), ("Share of right decisions", "147/150")):
            block = text.partition(f"\n{title}: ")[2].splitlines()
            assert count in block[1]
            assert text.count(f"\n{title}: ") == 1
        document = report.document()
        assert document["effectiveness"]["A"]["count"] == 47
        assert document["right_decisions"]["A"]["count"] == 147


def test_while_one_of_three_has_not_begun_the_reason_is_not_that_of_two() -> None:
    report = report_study(study([("b", {"A": "bb", "B": "bb", "C": "--"})] * 3), EACH)
    assert counted(report.pairs[0].share) == (6, 6)
    all_of_them = "was decided by everybody concerned in the same trial."
    assert report.between.document()["reason"] == f"No part {all_of_them}"
    known = report.all_versus.document()["reason"]
    assert known == f"No part with a known reference {all_of_them}"
    assert f"undefined: No part {all_of_them}" in render_text(report)
