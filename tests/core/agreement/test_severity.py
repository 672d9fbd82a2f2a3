"""Severity: published tables through the same path, absent as the lowest level."""

import numpy as np
import pytest

from labeler.core.agreement.intervals import Resampling
from labeler.core.agreement.report import measure
from labeler.core.agreement.severity import (
    SeverityAgreement,
    SeverityRatings,
    severity_agreement,
    severity_categories,
)
from labeler.core.agreement.values import Estimate, Reason, Undefined
from tests.core.agreement.made_tables import slow_alpha, table, two_raters, value
from tests.core.agreement.test_published_tables import KRIPPENDORFF, shared_table

QUIET = Resampling(replicates=0)


def severity(rows, levels: int, resampling: Resampling = QUIET) -> SeverityAgreement:
    ratings = SeverityRatings(
        tuple(f"level-{n}" for n in range(1, levels + 1)), table(rows, severity_categories(levels))
    )
    return severity_agreement(ratings, resampling)


def test_krippendorffs_table_of_2011_as_levels() -> None:
    lines = KRIPPENDORFF.split("\n")[1:-1]
    rows = [[int(code) - 1 if code != "0" else None for code in line.split()] for line in lines]
    found = severity(rows, 4)
    assert value(found.statistics["krippendorff_alpha_ordinal"]) == pytest.approx(
        0.815388, abs=1e-6
    )
    assert value(found.statistics["gwet_ac2"]) == pytest.approx(0.914001, abs=1e-6)
    assert (found.images, found.ratings) == (12, 41)


def test_dawid_and_skenes_grades_as_levels() -> None:
    one = shared_table("dawid_skene_1979.csv", trials="1")
    found = severity_agreement(SeverityRatings(("1", "2", "3"), one), QUIET)
    assert value(found.statistics["krippendorff_alpha_ordinal"]) == pytest.approx(
        0.811892, abs=1e-6
    )


def test_a_step_further_is_worse_on_an_ordered_scale_and_the_same_on_a_nominal_one() -> None:
    agreed = [(0, 0)] * 6 + [(1, 1), (2, 2), (3, 3)]
    near, far = severity([*agreed, (1, 2)], 3), severity([*agreed, (1, 3)], 3)
    for name in ("krippendorff_alpha_ordinal", "gwet_ac2"):
        one, other = value(near.statistics[name]), value(far.statistics[name])
        assert one is not None
        assert other is not None
        assert one > other
    plain = [value(one.statistics["percent_agreement"]) for one in (near, far)]
    assert plain == [0.9, 0.9]
    expected = slow_alpha([*agreed, (1, 3)], ordinal=True)
    assert value(far.statistics["krippendorff_alpha_ordinal"]) == pytest.approx(expected)


def test_levels_have_intervals_and_a_document() -> None:
    found = severity([(0, 0)] * 20 + [(1, 1), (1, 2), (2, 2)], 2, Resampling(replicates=300))
    document = found.document()
    assert document["levels"] == ["level-1", "level-2"]
    assert document["categories"] == ["0", "1", "2"]
    assert document["counts"]["agreed"] == {"0": 20, "1": 1, "2": 1}
    ordinal = found.statistics["krippendorff_alpha_ordinal"]
    assert isinstance(ordinal, Estimate)
    assert ordinal.low < ordinal.value <= ordinal.high


def test_whoever_says_present_is_asked_apart_for_the_same_level() -> None:
    rows = [(0, 0)] * 20 + [(0, 1), (1, 1), (1, 2), (2, 2)]
    found = severity(rows, 2).statistics
    assert value(found["same_level"]) == pytest.approx(2 / 3)
    alone = severity([(0, 0), (0, 1)], 2).statistics["same_level"]
    assert alone == Undefined(Reason.NEVER_BOTH_PRESENT)


def test_where_everybody_says_absent_severity_is_undefined_with_its_reason() -> None:
    found = severity([(0, 0)] * 5, 3)
    assert found.statistics["krippendorff_alpha_ordinal"] == Undefined(Reason.NO_VARIATION)
    assert value(found.statistics["gwet_ac2"]) == 1


def test_a_report_has_severity_only_where_there_are_levels() -> None:
    levels = SeverityRatings(("light", "deep"), table([(0, 0), (1, 2)], severity_categories(2)))
    tables = {"scratch": two_raters(1, 0, 0, 1), "bubble": two_raters(1, 0, 0, 1)}
    found = measure(tables, positive="present", replicates=0, severity={"scratch": levels})
    told = found.document()["defect_types"]
    assert told["scratch"]["severity"]["levels"] == ["light", "deep"]
    assert told["bubble"]["severity"] is None
    assert told["scratch"]["places"] is None
    assert np.isfinite(told["scratch"]["severity"]["statistics"]["gwet_ac2"]["value"])
