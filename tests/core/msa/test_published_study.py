"""The attribute study of the Measurement Systems Analysis manual, digit by digit."""

import csv

import numpy as np
import pytest

from labeler.core.agreement.scale import Scale
from labeler.core.msa.report import StudyReport, report_study
from labeler.core.msa.settings import Convention, Interval, StudySettings
from labeler.core.msa.shares import RESAMPLED
from labeler.core.msa.study import StudyTable
from tests.core.agreement.made_tables import interval, shared_file, value


@pytest.fixture(scope="module")
def aiag() -> StudyTable:
    path = shared_file("aiag_attribute_50x3x3.csv")
    with path.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    codes, known = np.zeros((50, 3, 3), np.int8), np.zeros(50, np.int8)
    for one in lines:
        place = (int(one["item"]) - 1, "ABC".index(one["rater"]), int(one["trial"]) - 1)
        codes[place] = int(one["label"])
        known[place[0]] = int(one["reference"])
    parts = tuple(str(number) for number in range(1, 51))
    # In this table 1 is a good part.
    return StudyTable(Scale(("0", "1")), ("0",), parts, tuple("ABC"), tuple("123"), codes, known)


@pytest.fixture(scope="module")
def report(aiag: StudyTable) -> StudyReport:
    return report_study(aiag, StudySettings(replicates=400))


def counts(shares):
    return [(share.count, share.of) for share in shares]


def ends(shares):
    return [end for share in shares for end in interval(share.figure)]


def test_effectiveness_and_its_two_intervals(aiag: StudyTable, report: StudyReport) -> None:
    found = [one.share for one in report.versus]
    assert counts(found) == [(42, 50), (45, 50), (40, 50)]
    wilson = [0.714858, 0.916626, 0.786398, 0.956524, 0.669629, 0.887562]
    assert ends(found) == pytest.approx(wilson, abs=1e-6)
    exact = report_study(aiag, StudySettings(interval=Interval.EXACT, replicates=0))
    printed = [0.708874, 0.928299, 0.781865, 0.966725, 0.662817, 0.899698]
    assert ends([one.share for one in exact.versus]) == pytest.approx(printed, abs=1e-6)
    for together in (exact.between, exact.all_versus):
        assert counts([together.share]) == [(39, 50)]
        assert ends([together.share]) == pytest.approx([0.640388, 0.884734], abs=1e-6)


def test_misses_and_false_alarms_are_decisions(report: StudyReport) -> None:
    misses = [one.miss_rate for one in report.versus]
    assert counts(misses) == [(3, 48), (3, 48), (6, 48)]
    alarms = [one.false_alarm_rate for one in report.versus]
    assert counts(alarms) == [(5, 102), (2, 102), (9, 102)]
    assert {share.interval for share in (*misses, *alarms)} == {RESAMPLED}
    assert (report.bad_parts, report.good_parts) == (16, 34)


def test_kappas_between_appraisers_and_against_the_reference(report: StudyReport) -> None:
    pairs = {"".join(one.appraisers): value(one.kappa) for one in report.pairs}
    assert pairs == {
        "AB": pytest.approx(0.862944, abs=1e-6),
        "AC": pytest.approx(0.776119, abs=1e-6),
        "BC": pytest.approx(0.788007, abs=1e-6),
    }
    assert value(report.between.kappa) == pytest.approx(sum(pairs.values()) / 3)
    assert value(report.between.others["fleiss_kappa"]) == pytest.approx(0.793606, abs=1e-6)
    standard = [value(one.kappa) for one in report.versus]
    assert standard == pytest.approx([0.878788, 0.922982, 0.773960], abs=1e-6)


def test_fleiss_within_appraisers_and_against_the_standard(report: StudyReport) -> None:
    within = [value(one.kappa) for one in report.within]
    assert within == pytest.approx([0.760000, 0.845073, 0.702911], abs=1e-6)
    standard = [value(one.others["fleiss_kappa"]) for one in report.versus]
    assert standard == pytest.approx([0.880236, 0.922612, 0.774703], abs=1e-6)
    assert value(report.all_versus.kappa) == pytest.approx(0.859184, abs=1e-6)


def test_the_cross_tables(report: StudyReport) -> None:
    # Decisions down, reference across: A calls 45 + 97 right, 3 bad ones good, 5 good ones bad.
    assert report.versus[0].table == ((45, 5), (3, 97))
    assert report.pairs[0].table == ((44, 6), (3, 97))
    assert [sum(map(sum, one.table)) for one in report.pairs] == [150, 150, 150]
    disputed = {one.part for one in report.disagreements}
    assert {"6", "12", "14", "21", "22"} <= disputed
    assert len(disputed) == 50 - 39


def test_decisions_instead_of_parts_under_the_other_convention(
    aiag: StudyTable, report: StudyReport
) -> None:
    settings = StudySettings(convention=Convention.EACH_TRIAL, replicates=200)
    other = report_study(aiag, settings)
    decisions = [(142, 150), (145, 150), (135, 150)]
    assert counts([one.share for one in other.versus]) == decisions
    # Either way both stand under their own names.
    for one in (report, other):
        assert counts([v.decisions for v in one.versus]) == decisions
        assert counts([v.all_trials for v in one.versus]) == [(42, 50), (45, 50), (40, 50)]
    # 8, 5 and 10 parts with one odd trial of three: two of their three pairs differ.
    assert counts([one.share for one in other.within]) == [(134, 150), (140, 150), (130, 150)]
    assert counts([one.share for one in other.pairs]) == [(141, 150), (135, 150), (136, 150)]


def test_45_right_parts_of_50_cannot_be_told_from_either_side(report: StudyReport) -> None:
    found = {
        (str(one.judged), *one.appraisers): (str(one.answer), str(one.alone))
        for one in report.verdict.judgements
    }
    assert found["effectiveness", "B"] == ("cannot_tell", "good")
    assert found["miss_rate", "C"] == ("cannot_tell", "not_acceptable")
    assert found["kappa", "B"] == ("good", "good")
    assert (report.verdict.answer, report.verdict.alone) == ("cannot_tell", "not_acceptable")
