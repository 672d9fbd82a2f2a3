"""Random tables against libraries that others trust; a thousand of each kind in `make prove`.

They are no dependencies of Labeler: the extra `test` brings them.
"""

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from math import isnan

import krippendorff
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn import metrics
from statsmodels.stats import inter_rater

from labeler.core.agreement.coefficients import table_sums
from labeler.core.agreement.cohen import cohen_kappa, cohen_standard_error
from labeler.core.agreement.fleiss import fleiss_kappa
from labeler.core.agreement.krippendorff import Metric, krippendorff_alpha
from tests.core.agreement.made_tables import table
from tests.proof import sizes
from tests.proof.figures import note

CATEGORIES = "abcd"
MANY = settings(
    max_examples=sizes.TABLES, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
Rows = Sequence[Sequence[int | None]]


@st.composite
def tables(draw) -> tuple[int, Rows]:
    """The number of categories, and ratings of few items, some of them missing."""
    q, width = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    missing = draw(st.booleans())
    seed, items = draw(st.integers(0, 2**32)), draw(st.integers(1, 14))
    luck = np.random.default_rng(seed)
    # Categories of uneven frequency, as defects have.
    codes = luck.choice(q, (items, width), p=luck.dirichlet(np.ones(q)))
    gone = (luck.random((items, width)) < 0.25) if missing else np.zeros((items, width), bool)
    return q, [
        [None if off else int(code) for code, off in zip(*row, strict=True)]
        for row in zip(codes, gone, strict=True)
    ]


def quietly(asked):
    """What a library says, nan where it fails or divides by nothing."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return asked()
        except (ValueError, ZeroDivisionError):
            return float("nan")


COMPARED: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def noted() -> Iterator[None]:
    """Writes down how many figures were compared, and how many of them differed."""
    yield
    figures, differing = COMPARED["figures"], COMPARED["differing"]
    note(
        "krippendorff, statsmodels, scikit-learn",
        tables_each=sizes.TABLES, figures=figures, differing=differing,
    )  # fmt: skip


def same(ours: float, theirs: float, within: float = 1e-9) -> bool:
    alike = ours == pytest.approx(theirs, abs=within, nan_ok=True)
    COMPARED.update(figures=1, differing=int(not alike))
    return alike


@MANY
@given(tables())
def test_alpha_is_krippendorffs(found):
    q, rows = found
    sums = table_sums(table(rows, CATEGORIES[:q]).vectors)
    data = [
        [np.nan if code is None else code for code in rater] for rater in zip(*rows, strict=True)
    ]
    for metric in (Metric.NOMINAL, Metric.ORDINAL):
        theirs = quietly(
            lambda metric=metric: krippendorff.alpha(
                reliability_data=data, value_domain=list(range(q)),
                level_of_measurement=metric.value,
            )
        )  # fmt: skip
        assert same(float(krippendorff_alpha(sums, metric)[0]), theirs), metric


@MANY
@given(tables())
def test_fleiss_kappa_is_that_of_statsmodels(found):
    q, rows = found
    rows = [row for row in rows if None not in row]
    if not rows:
        return
    ours = fleiss_kappa(table_sums(table(rows, CATEGORIES[:q]).vectors))
    counts = np.array([[row.count(code) for code in range(q)] for row in rows])
    theirs = quietly(lambda: float(inter_rater.fleiss_kappa(counts)))
    assert same(float(ours[0]), theirs)


@MANY
@given(tables())
def test_cohens_kappa_is_that_of_scikit_learn_and_its_error_that_of_statsmodels(found):
    q, rows = found
    pair = table([row[:2] for row in rows], CATEGORIES[:q]).pairs[0, 1]
    crossed = pair.total.astype(float)
    ours = float(cohen_kappa(crossed))
    first, second = [], []
    for a, b, *_ in rows:
        if a is not None and b is not None:
            first.append(a)
            second.append(b)
    if not first:
        assert isnan(ours)
        return
    labels = list(range(q))
    assert same(ours, quietly(lambda: metrics.cohen_kappa_score(first, second, labels=labels)))
    if not isnan(ours):
        theirs = quietly(lambda: inter_rater.cohens_kappa(crossed))
        assert same(ours, float(theirs.kappa))
        error = cohen_standard_error(crossed)
        # A variance of nothing comes out a hair below zero, and its root as nan.
        assert same(error, np.nan_to_num(theirs.std_kappa), within=1e-7)
