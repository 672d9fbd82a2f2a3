"""Who marks more than whom: the marginal tests of all pairs, corrected for being many."""

from collections.abc import Sequence
from dataclasses import dataclass

from labeler.core.agreement.report import AgreementReport

# A pair on one defect type whose corrected p-value is below this is named.
NAMED_BELOW = 0.05


@dataclass(frozen=True, slots=True)
class MarksMore:
    """On the images that both judged, `more` marked `more_only` that `less` left.

    `less_only` is the other way round. `p` is McNemar's exact p-value, `corrected` the same
    after Holm's correction for all pairs and defect types that could be tested.
    """

    defect_type: str
    more: str
    less: str
    more_only: int
    less_only: int
    p: float
    corrected: float

    @property
    def named(self) -> bool:
        """Whether the difference is more than chance, however many pairs were looked at."""
        return self.corrected < NAMED_BELOW

    def document(self) -> dict[str, object]:
        """The pair as JSON."""
        return {
            "defect_type": self.defect_type,
            "more": self.more,
            "less": self.less,
            "more_only": self.more_only,
            "less_only": self.less_only,
            "p": self.p,
            "corrected": self.corrected,
        }


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values that hold however many there are, in the order given (Holm 1979).

    The smallest is multiplied by their number, the next by one less, and none may be smaller
    than one before it. Worked example:

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    found = [0.0] * len(p_values)
    so_far = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        so_far = max(so_far, min(1.0, (len(p_values) - rank) * p_values[index]))
        found[index] = so_far
    return found


def marks_more(report: AgreementReport) -> list[MarksMore]:
    """Every pair and defect type on which the two differ at all, the clearest first."""
    positive = {one.defect_type: one.scale.positive_index for one in report.defect_types}
    tested = []
    for pair in report.pairs:
        here = positive[pair.defect_type]
        # A number, not undefined or None: so there are two categories, one of them positive.
        if isinstance(pair.marginal_test, float) and here is not None:
            first, second = pair.table[here][1 - here], pair.table[1 - here][here]
            tested.append((pair, first, second, pair.marginal_test))
    corrected = holm([p for *_, p in tested])
    found = []
    for (pair, first, second, p), after in zip(tested, corrected, strict=True):
        one, other = pair.raters if first >= second else pair.raters[::-1]
        counts = max(first, second), min(first, second)
        found.append(MarksMore(pair.defect_type, one, other, *counts, p, after))
    return sorted(found, key=lambda m: (m.corrected, m.p, m.defect_type, m.more, m.less))
