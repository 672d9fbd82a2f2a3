"""Drawing the parts of a study: rare bad parts enriched, hard ones among them, spread evenly.

AIAG wants about a third of the parts bad and a third near the limit; drawn at random from
production, 50 parts would hold one bad part.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from labeler.core.msa.plan import DEFAULT_BAD_SHARE, DEFAULT_PARTS

_NEAR_SHARE = 1 / 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """An image whose truth is known.

    `near` marks what is near the limit (the lightest severity, or once disputed), `stratum`
    what it is drawn evenly over, `rank` how trustworthy the truth is, 0 before 1. Of one
    `unit` (the part's serial) at most one image is drawn; None is a unit of its own.
    """

    image_id: str
    bad: bool
    near: bool
    stratum: str = ""
    rank: int = 0
    unit: str | None = None


class _Draw:
    """What is drawn so far, and from which units."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.chosen: list[Candidate] = []
        self.units: set[str] = set()
        self.images: set[str] = set()

    def take(self, pool: Iterable[Candidate], count: int) -> int:
        """Draw up to `count` more; how many were drawn. The most trustworthy come first."""
        before = len(self.chosen)
        ranks: dict[int, dict[str, list[Candidate]]] = {}
        for one in pool:
            ranks.setdefault(one.rank, {}).setdefault(one.stratum, []).append(one)
        for rank in sorted(ranks):
            self._take_evenly(list(ranks[rank].values()), count - (len(self.chosen) - before))
        return len(self.chosen) - before

    def _take_evenly(self, strata: list[list[Candidate]], count: int) -> None:
        """One of each stratum in turn, strata and their images in random order."""
        queues = [[one[i] for i in self.rng.permutation(len(one))] for one in strata]
        queues = [queues[i] for i in self.rng.permutation(len(queues))]
        while count > 0 and queues:
            for queue in queues:
                if count > 0 and self._take_next(queue):
                    count -= 1
            queues = [queue for queue in queues if queue]

    def _take_next(self, queue: list[Candidate]) -> bool:
        while queue:
            one = queue.pop()
            if one.image_id in self.images or (one.unit is not None and one.unit in self.units):
                continue
            self.images.add(one.image_id)
            if one.unit is not None:
                self.units.add(one.unit)
            self.chosen.append(one)
            return True
        return False


def draw_parts(
    candidates: Sequence[Candidate],
    rng: np.random.Generator,
    *,
    parts: int = DEFAULT_PARTS,
    bad_share: float = DEFAULT_BAD_SHARE,
) -> tuple[Candidate, ...]:
    """`parts` candidates in random order, fewer where there are not so many.

    A share of `bad_share` is bad, half of a third of all near the limit on either side. Where
    one kind is too rare, others of its side take its place; where bad parts are, good ones do.
    """
    draw = _Draw(rng)
    near = round(parts * _NEAR_SHARE / 2)
    for bad, wanted in ((True, round(parts * bad_share)), (False, parts)):
        side = [one for one in candidates if one.bad is bad]
        left = wanted if bad else parts - len(draw.chosen)
        left -= draw.take([one for one in side if one.near], min(near, left))
        left -= draw.take([one for one in side if not one.near], left)
        draw.take(side, left)
    order = rng.permutation(len(draw.chosen))
    return tuple(draw.chosen[place] for place in order)


def trial_order(
    parts: int, rng: np.random.Generator, before: Sequence[int] | None = None
) -> list[int]:
    """A fresh random order of `parts` numbers from 0, for one appraiser and trial.

    `before` is the order of the trial before: the last fifth of it does not come in the
    first fifth, so that nobody sees a part twice in a row or soon again.
    """
    order = [int(one) for one in rng.permutation(parts)]
    if before is None:
        return order
    apart = min(max(1, parts // 5), parts // 2)
    fresh = set(before[len(before) - apart :]) if apart else set()
    first = [one for one in order if one not in fresh][:apart]
    rest = [one for one in order if one not in set(first)]
    return first + rest
