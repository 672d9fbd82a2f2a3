"""The answers of a study: parts, appraisers, trials, and what is known of each part."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labeler.core.agreement.ratings import (
    MISSING,
    UNSURE,
    Codes,
    Column,
    PatternCounts,
    count_patterns,
)
from labeler.core.agreement.scale import Scale


@dataclass(frozen=True, slots=True, eq=False)
class StudyTable:
    """Every answer of an attribute agreement study.

    `codes`, shape (parts, appraisers, trials), holds the index of a category of `scale`,
    `MISSING`, or `UNSURE` for "can't tell"; `reference`, shape (parts,), the known category
    or `MISSING`. `bad` are the categories that mean a bad part; empty where nobody said.
    `not_asked` are the (appraiser, trial) that never were: their answers are not missing.
    """

    scale: Scale
    bad: tuple[str, ...]
    parts: tuple[str, ...]
    appraisers: tuple[str, ...]
    trials: tuple[str, ...]
    codes: Codes
    reference: Codes
    not_asked: frozenset[tuple[int, int]] = frozenset()

    def trials_of(self, appraiser: int) -> tuple[int, ...]:
        """The trials that this appraiser had."""
        every = range(len(self.trials))
        return tuple(trial for trial in every if (appraiser, trial) not in self.not_asked)

    @property
    def expected(self) -> int:
        """How many answers there would be without a gap."""
        return self.codes.size - len(self.not_asked) * len(self.parts)

    @property
    def good(self) -> tuple[str, ...]:
        """The categories that are not bad."""
        return tuple(name for name in self.scale.categories if name not in self.bad)

    def answers(self, appraisers: Sequence[int], *, common: bool = False) -> Codes:
        """What these appraisers said in their trials, shape (parts, columns).

        `common` takes only the trials that all of them had.
        """
        shared = set(range(len(self.trials))).intersection(*map(self.trials_of, appraisers))
        columns = [
            self.codes[:, a, trial]
            for a in appraisers
            for trial in self.trials_of(a)
            if trial in shared or not common
        ]
        nothing: Codes = np.zeros((len(self.parts), 0), dtype=self.codes.dtype)
        return np.stack(columns, axis=1) if columns else nothing

    def patterns(self, appraisers: Sequence[int], *, pooled: bool = False) -> PatternCounts:
        """Their answers as pattern counts, a column per appraiser and trial.

        `pooled` puts all columns under one name, so that all decisions count as one rater's.
        """
        columns = [
            Column("", f"{a} {t}") if pooled else Column(self.appraisers[a], trial)
            for a in appraisers
            for t, trial in enumerate(self.trials)
        ]
        chosen: Codes = self.codes[:, list(appraisers), :].reshape(len(self.parts), len(columns))
        return count_patterns(self.scale.categories, columns, chosen, reference=self.reference)

    def said(self, code: int) -> str:
        """A code in words: the category, `unsure`, or nothing where it is missing."""
        if code == UNSURE:
            return "unsure"
        return "" if code == MISSING else self.scale.categories[code]

    @property
    def known(self) -> int:
        """The number of parts with a known reference."""
        return int(np.count_nonzero(self.reference >= 0))

    def known_in(self, categories: Sequence[str]) -> int:
        """The number of parts whose reference is one of `categories`."""
        indexes = [self.scale.categories.index(name) for name in categories]
        return int(np.isin(self.reference, indexes).sum())
