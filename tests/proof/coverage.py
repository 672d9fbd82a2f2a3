"""How often intervals hold what they should: simulated studies of two reviewers, truth known.

A study is N images, 1 to 3 % of them defective, judged by two reviewers who err in a known way
and independently. Its intervals depend on three counts only (both, one, nobody marked), so
each triple is computed once. Studies without a defined figure are left out.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import sqrt

import numpy as np

from labeler.core.agreement.coefficients import vector_statistics
from labeler.core.agreement.intervals import Resampling
from labeler.core.agreement.methods import Method
from labeler.core.agreement.ratings import VectorCounts
from labeler.core.agreement.scale import Scale
from labeler.core.agreement.values import Estimate

POSITIVES = (2, 5, 10, 20, 40)
"""Defective images that a study can expect to hold."""
REVIEWERS = ((0.9, 0.998), (0.85, 0.995), (0.7, 0.99))
"""Sensitivity and specificity of both."""
PREVALENCES = (0.01, 0.02, 0.03)
MOST_MARKED = 60
FIGURES = ("positive_agreement", "krippendorff_alpha")
# Alpha has no linearised error; of two reviewers Fleiss' kappa is alpha but for 1 / 2N.
_WALD = {"krippendorff_alpha": "fleiss_kappa"}
_SCALE = Scale(("absent", "present"), "present")
_VECTORS = np.array([[2, 0], [1, 1], [0, 2]])  # nobody, one, both say present


@dataclass
class Hits:
    """Intervals that were made, and those that hold the truth."""

    made: int = 0
    held: int = 0
    width: float = 0.0

    def add(self, low: float, high: float, truth: float) -> None:
        self.made += 1
        self.held += low <= truth <= high
        self.width += high - low

    @property
    def coverage(self) -> float:
        return self.held / self.made if self.made else float("nan")

    @property
    def error(self) -> float:
        """The Monte-Carlo error of the coverage, one standard deviation."""
        return sqrt(self.coverage * (1 - self.coverage) / self.made) if self.made else float("nan")

    @property
    def mean_width(self) -> float:
        return self.width / self.made if self.made else float("nan")

    def __str__(self) -> str:
        return f"{self.coverage:.3f} ± {self.error:.3f}"


Key = tuple[Method, str, int]


@dataclass
class Simulated:
    """Coverage by (method, figure, number): of expected positives, and of marked images."""

    by_positives: Mapping[Key, Hits] = field(default_factory=lambda: defaultdict(Hits))
    by_marked: Mapping[Key, Hits] = field(default_factory=lambda: defaultdict(Hits))

    def breaks_below(
        self, method: Method, least: float, widest: float, *, errors: float = 3
    ) -> int:
        """The number of marked images from which on intervals of `FIGURES` can be relied on.

        From there on coverage stays above `least` but for so many Monte-Carlo errors, and the
        intervals are not wider than `widest` on the mean.
        """
        bad = [
            marked
            for (how, _, marked), hits in self.by_marked.items()
            if how is method
            and (hits.coverage + errors * hits.error < least or hits.mean_width > widest)
        ]
        return max(bad, default=0) + 1


def _scenes() -> Iterator[tuple[int, int, np.ndarray, dict[str, float]]]:
    """Expected positives, images, chances of (nobody, one, both marked), the true figures."""
    for sensitivity, specificity in REVIEWERS:
        for share in PREVALENCES:
            both = share * sensitivity**2 + (1 - share) * (1 - specificity) ** 2
            one = 2 * share * sensitivity * (1 - sensitivity)
            one += 2 * (1 - share) * specificity * (1 - specificity)
            marks = both + one / 2
            true = {
                "positive_agreement": 2 * both / (2 * both + one),
                "krippendorff_alpha": 1 - one / (2 * marks * (1 - marks)),
            }
            for positives in POSITIVES:
                chances = np.array([1 - both - one, one, both])
                yield positives, round(positives / share), chances, true


@lru_cache(maxsize=200_000)
def _intervals(
    cells: tuple[int, int, int], method: Method, replicates: int
) -> Mapping[str, tuple[float, float]]:
    counted = VectorCounts(_VECTORS, np.zeros(3, dtype=np.int64), np.array(cells))
    found = vector_statistics(counted, _SCALE, Resampling(replicates=replicates, method=method))
    ends = {}
    for name in FIGURES:
        figure = found[_WALD.get(name, name) if method is Method.LINEARISED else name]
        if isinstance(figure, Estimate) and figure.low is not None and figure.high is not None:
            ends[name] = figure.low, figure.high
    return ends


def simulate(studies: int, replicates: int, seed: int = 0) -> Simulated:
    """So many studies of every scene, all methods on each."""
    luck, found = np.random.default_rng(seed), Simulated()
    for positives, images, chances, true in _scenes():
        for cells in luck.multinomial(images, chances, studies).tolist():
            marked = min(cells[1] + cells[2], MOST_MARKED)
            for method in Method:
                ends = _intervals(tuple(cells), method, replicates)
                for name, (low, high) in ends.items():
                    found.by_positives[method, name, positives].add(low, high, true[name])
                    found.by_marked[method, name, marked].add(low, high, true[name])
    return found
