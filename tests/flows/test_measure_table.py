"""Ratings as CSV: what is read, what is refused, and with which line."""

import json

import pytest

from labeler.core.agreement.methods import Method
from labeler.core.agreement.report import AgreementReport
from labeler.core.errors import InvalidInput
from labeler.flows.measure_table import AgreementBy, measure_csv
from tests.core.agreement.made_tables import shared_file

TWO = """item,rater,label
1,Anna,1
1,Ben,1
2,Anna,0
2,Ben,1
3,Anna,0
3,Ben,0
"""


def measured(text: str, **settings) -> AgreementReport:
    settings.setdefault("replicates", 0)
    found = measure_csv(text, **settings)
    assert isinstance(found, AgreementReport)
    return found


def statistic(report: AgreementReport, name: str):
    return report.defect_types[0].statistics[name]


def fault(text: str, **settings) -> str:
    with pytest.raises(InvalidInput) as caught:
        measured(text, **settings)
    assert caught.value.fields, str(caught.value)
    return " ".join(f"{one.path}: {one.message}" for one in caught.value.fields)


def test_a_table_without_defect_types_has_the_one_key_label():
    found = measured(TWO)
    assert list(found.document()["defect_types"]) == ["label"]
    assert found.defect_types[0].scale.positive == "1"
    assert statistic(found, "positive_agreement").value == pytest.approx(2 / 3)
    assert found.pairs[0].raters == ("Anna", "Ben")


def test_a_file_is_read_with_and_without_byte_order_mark(tmp_path):
    for encoding in ("utf-8", "utf-8-sig"):
        path = tmp_path / f"{encoding}.csv"
        path.write_text(TWO.replace("Ben", "민준"), encoding=encoding)
        assert measured(path).pairs[0].raters == ("Anna", "민준")


def test_a_file_that_cannot_be_read_is_said_so(tmp_path):
    with pytest.raises(InvalidInput, match="cannot be read"):
        measured(tmp_path / "missing.csv")
    odd = tmp_path / "odd.csv"
    odd.write_bytes(TWO.replace("Ben", "민준").encode("cp949"))
    with pytest.raises(InvalidInput, match="UTF-8"):
        measured(odd)


def test_each_defect_type_is_measured_on_its_own():
    text = """defect_type,rater,item,label
scratch,Anna,1,present
scratch,Ben,1,absent
dent,Anna,1,absent
dent,Ben,1,absent
"""
    found = measured(text).document()["defect_types"]
    assert list(found) == ["dent", "scratch"]
    assert found["scratch"]["statistics"]["percent_agreement"]["value"] == 0
    assert found["dent"]["statistics"]["percent_agreement"]["value"] == 1


def test_the_second_category_of_a_known_scale_exists_before_anybody_uses_it():
    for absent in ("0", "absent", "False"):
        text = f"item,rater,label\n1,a,{absent}\n1,b,{absent}\n"
        found = measured(text)
        assert found.defect_types[0].scale.binary
        assert statistic(found, "gwet_ac1").value == 1
        assert statistic(found, "positive_agreement").document()["value"] is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("Present", "present"), ("not ok", "Not  OK"), ("NG", "\uff2e\uff27"),
     ("불량", "\u1107\u116e\u11af\u1105\u1163\u11bc"), ("-1", "\u22121"), ("NG", "N\u200bG")],
)  # fmt: skip
def test_labels_that_are_spelled_nearly_alike_are_refused_with_both_lines(one, other):
    text = f"item,rater,label\n1,Anna,good\n1,Ben,{one}\n2,Anna,{other}\n2,Ben,{one}\n"
    said = fault(text)
    assert f"line 4: The label {other} is spelled nearly like {one} in line 3" in said
    assert "Write both alike, or rename one" in said
    known = f"item,rater,label,reference\n1,Anna,{one},\n1,Ben,{one},{other}\n"
    assert f"line 3: The label {other} is spelled nearly like {one} in line 2" in fault(known)
    assert measured(text.replace(other, f" {one} ")).defect_types[0].scale.categories
    both = measured(text, ordered=("good", one, other))
    assert both.defect_types[0].scale.categories == ("good", one, other)


def test_a_word_for_can_t_tell_in_another_case_is_no_category():
    said = fault(TWO + "5,Anna,Unsure\n5,Ben,0\n")
    assert "line 8: The label Unsure is written unsure where somebody cannot tell." in said
    with pytest.raises(InvalidInput, match="No rating has the positive label NG"):
        measured("item,rater,label\n1,a,ng\n1,b,ng\n", positive="NG")


def test_an_ordered_category_has_a_name():
    with pytest.raises(InvalidInput, match="One of the ordered categories has no name"):
        measured(TWO, ordered=("0", "", "1"))


def test_an_empty_label_is_missing_and_unsure_is_cant_tell():
    text = TWO + "4,Anna,\n4,Ben,1\n5,Anna,unsure\n5,Ben,0\n"
    found = measured(text)
    first = found.defect_types[0]
    assert (first.images, first.ratings) == (5, 8)
    assert first.unsure_share == pytest.approx(1 / 9)
    assert statistic(found, "percent_agreement").value == pytest.approx(2 / 3)
    assert [one.unsure for one in found.raters] == [1, 0]


def test_a_table_of_nothing_but_a_header_is_undefined_everywhere():
    found = measured("item,rater,label\n")
    document = json.dumps(found.document(), allow_nan=False)
    assert json.loads(document)["defect_types"]["label"]["images"] == 0


def test_the_order_of_lines_and_columns_changes_nothing():
    lines = TWO.splitlines()
    mixed = "\n".join([lines[0], *sorted(lines[1:], reverse=True)])
    turned = "\n".join(",".join(reversed(line.split(","))) for line in lines)
    wanted = measured(TWO, replicates=100).document()
    assert measured(mixed, replicates=100).document() == wanted
    assert measured(turned, replicates=100).document() == wanted


def test_a_duplicate_is_refused_with_its_line():
    found = fault(TWO + "2,Ben,0\n")
    assert "line 8" in found
    assert "Item 2, rater Ben" in found
    with_trials = "item,rater,trial,label\n1,a,1,0\n1,a,2,0\n1,a,2,1\n"
    assert "line 4: Item 1, rater a, trial 2 stands there twice." in fault(with_trials)


def test_the_same_item_may_stand_in_another_part_or_defect_type():
    text = "part,item,rater,label\nx,1,a,1\nx,1,b,1\ny,1,a,1\ny,1,b,0\n"
    assert "line 4" in fault(text)
    found = measure_csv(text, by="part", replicates=0)
    assert isinstance(found, AgreementBy)
    document = found.document()
    assert list(document) == ["by"]
    assert list(document["by"]) == ["x", "y"]
    statistics = [
        one["defect_types"]["label"]["statistics"]["percent_agreement"]["value"]
        for one in document["by"].values()
    ]
    assert statistics == [1, 0]


def test_every_part_is_measured_on_the_scale_of_the_whole_table():
    text = "part,item,rater,label\nx,1,a,1\nx,1,b,1\ny,1,a,2\ny,1,b,3\n"
    found = measure_csv(text, by="part", replicates=0)
    assert found.reports["x"].defect_types[0].scale.categories == ("1", "2", "3")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: The column item is missing."),
        ("item,rater\n1,a\n", "line 1: The column label is missing."),
        ("\n , \nitem,rater\n1,a\n", "line 3: The column label is missing."),
        ("item,item,rater,label\n1,1,a,0\n", "line 1: The column item stands there twice."),
        ("item,rater,label\n1,a,0\n,b,0\n", "line 3: The column item is empty."),
        ("item,rater,label\n1,,0\n", "line 2: The column rater is empty."),
        ("item,rater,label\n1,a,0,7\n", "line 2: There are 4 columns here, 3 in the first line."),
        ('item,rater,label\n1,a,"0\n', "line 2: This is no CSV"),
        (
            "item,rater,label,reference\n1,a,0,0\n1,b,0,1\n",
            "line 3: Item 1 has two different references.",
        ),
        (
            "item,rater,label,defect_type\n1,a,0,\n",
            "line 2: The column defect_type is empty.",
        ),
    ],
)
def test_a_fault_names_its_line(text, said):
    assert said in fault(text)


def test_columns_without_a_name_are_columns_all_the_same():
    wider = TWO.replace("\n", ",,\n")
    assert measured(wider).document() == measured(TWO).document()
    assert "line 8: There are 4 columns here, 5 in the first line." in fault(wider + "4,Anna,1,")


def test_a_line_is_counted_where_it_stands_in_the_file():
    text = 'item,rater,label\n"1\nlong",a,0\n\n2,,0\n'
    assert "line 5" in fault(text)


def test_a_missing_column_to_split_by_is_named():
    assert "The column shift is missing." in fault(TWO, by="shift")


def test_ordered_categories_are_the_whole_scale():
    text = "item,rater,label\n1,a,low\n1,b,high\n2,a,low\n2,b,low\n"
    found = measured(text, ordered=("low", "middle", "high"))
    assert found.defect_types[0].scale.categories == ("low", "middle", "high")
    assert statistic(found, "brennan_prediger").value == pytest.approx((0.5 - 1 / 3) / (2 / 3))
    # P = .5, chance .375: shares .75, 0, .25 and weights that sum to 6.
    assert statistic(found, "gwet_ac2").value == pytest.approx(0.2)
    assert "line 2: The label low is not among" in fault(text, ordered=("middle", "high"))
    with pytest.raises(InvalidInput, match="two different categories"):
        measured(text, ordered=("low", "low"))
    named = measured(text, ordered=("low", "high", "worst"), positive="worst").defect_types[0]
    assert named.scale.positive == "worst", "that nobody found the worst is a result, no mistake"


def test_the_positive_category_can_be_named():
    text = TWO.replace(",1\n", ",bad\n").replace(",0\n", ",good\n")
    assert "positive_agreement" not in measured(text).defect_types[0].statistics
    assert statistic(measured(text, positive="bad"), "positive_agreement").value > 0
    assert measured(TWO, positive="0").defect_types[0].scale.positive == "0"
    with pytest.raises(InvalidInput, match="No rating has the positive label ugly"):
        measured(text, positive="ugly")


def test_a_positive_category_that_nobody_used_makes_a_scale_of_two():
    found = measured("item,rater,label\n1,a,good\n1,b,good\n", positive="bad")
    assert found.defect_types[0].scale.binary
    assert statistic(found, "pabak").value == 1


def test_too_many_labels_are_no_categories():
    text = "item,rater,label\n" + "".join(f"{n},a,{n}\n" for n in range(40))
    with pytest.raises(InvalidInput, match="40 different labels: 30 at most"):
        measured(text)


def test_raters_and_trials_with_numbers_come_in_their_order():
    text = "item,rater,label\n1,10,0\n1,9,0\n1,11,1\n"
    assert [one.rater for one in measured(text).raters] == ["9", "10", "11"]


def test_known_answers_and_groups_are_read():
    text = """item,rater,label,reference,lot
1,a,1,1,L1
1,b,1,1,L1
2,a,0,1,L1
2,b,1,,L1
3,a,0,unsure,L2
3,b,0,,L2
"""
    found = measured(text, group="lot", replicates=100)
    assert found.document()["intervals"]["resampled"] == "item"
    assert found.document()["intervals"]["groups"] == 2
    first = found.versus_reference[0]
    assert first.known == {"0": 0, "1": 2}
    assert first.statistics["percent_agreement"].value == 0.5
    wrong = text.replace("3,b,0,,L2", "3,b,0,,L1")
    assert "line 7: Item 3 is in two different groups." in fault(wrong, group="lot")


def lots(*sizes: int, alone: int) -> str:
    """Every third item disputed, every third a defect; items in lots of these sizes, or alone."""
    named = [f"L{n}" for n, size in enumerate(sizes) for _ in range(size)] + [""] * alone
    return "item,rater,label,lot\n" + "".join(
        f"{n},a,{int(n % 3 > 0)},{lot}\n{n},b,{int(n % 3 > 1)},{lot}\n"
        for n, lot in enumerate(named)
    )


@pytest.mark.parametrize("method", list(Method))
def test_one_lot_or_two_and_items_alone_are_drawn_item_by_item(method):
    how = {"replicates": 300, "method": method}
    for sizes, alone in (((90,), 0), ((90,), 3), ((60, 60), 20)):
        text = lots(*sizes, alone=alone)
        by_lot, by_item = measured(text, group="lot", **how), measured(text, **how)
        assert (by_lot.resampled, by_lot.groups) == ("item", len(sizes))
        assert by_lot.defect_types[0].statistics == by_item.defect_types[0].statistics
        assert by_lot.pairs[0].statistics == by_item.pairs[0].statistics


def test_items_without_a_lot_are_no_lot():
    found = measured(lots(60, 60, 60, alone=30), group="lot")
    assert (found.resampled, found.groups) == ("group", 3)


def test_two_raters_who_met_in_one_lot_only_are_compared_item_by_item():
    met = "".join(
        f"{n},c,{int(n % 5 > 1)},L0\n" for n in range(40)
    )  # a and b met in four lots, c met them in one
    text = lots(40, 40, 40, 40, alone=0) + met
    how = {"replicates": 300, "method": Method.PERCENTILE}
    by_lot, by_item = measured(text, group="lot", **how), measured(text, **how)
    assert (by_lot.resampled, by_lot.groups) == ("group", 4)
    same = {
        pair.raters: pair.statistics == other.statistics
        for pair, other in zip(by_lot.pairs, by_item.pairs, strict=True)
    }
    assert same == {("a", "b"): False, ("a", "c"): True, ("b", "c"): True}


def test_trials_become_columns_and_pairs_stay_people():
    text = "item,rater,trial,label\n" + "".join(
        f"{item},{rater},{trial},{int(item > 2)}\n"
        for item in (1, 2, 3)
        for rater in "ab"
        for trial in (1, 2)
    )
    found = measured(text)
    assert found.defect_types[0].ratings == 12
    assert found.defect_types[0].raters == 2
    assert found.pairs[0].images == 3
    assert found.pairs[0].table == ((4, 0), (0, 2))


def test_the_paradox_file_is_split_by_its_table():
    path = shared_file("kappa_paradox_2x2.csv")
    found = measure_csv(path, by="table", replicates=100).document()["by"]
    kappas = {
        name: one["defect_types"]["label"]["statistics"]["cohen_kappa"]["value"]
        for name, one in found.items()
    }
    assert kappas == pytest.approx(
        {"balanced": 0.699519, "skewed": 0.318182, "asym_a": 0.130435, "asym_b": 0.259259},
        abs=1e-6,
    )


def test_krippendorffs_file_needs_only_its_order():
    path = shared_file("krippendorff_2011.csv")
    found = measured(path, ordered=tuple("12345"))
    assert statistic(found, "krippendorff_alpha").value == pytest.approx(0.743421, abs=1e-6)
    ordinal = statistic(found, "krippendorff_alpha_ordinal")
    assert ordinal.value == pytest.approx(0.815388, abs=1e-6)
