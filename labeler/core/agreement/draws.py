"""Random weights for intervals: the same ones for the same thing, however it was reached.

A pattern that n items show is weighted, in each replicate, with a gamma draw of shape n. Its
random numbers are its own: they follow from the seed and from what the pattern is, not from
its neighbours, nor from the names of raters or the order in which items came. So a table has
one interval, whoever computes it and after however many changes. And after a change only
the patterns whose counts changed are drawn again: the others are remembered.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from labeler.core.agreement.values import Floats

# Weights of about 32 MB at a time, however many patterns or groups there are.
_CHUNK = 4_000_000
# 64 MB at the usual 2,000 replicates; longer rows are not worth remembering.
_REMEMBERED, _LONGEST = 4_096, 2_000
# Drawing each pattern of a table apart costs more than it spares beyond so many.
_MOST_APART = 600
# Groups are drawn so many at a time, so that one more group changes no other's weights.
_STEP = 64
_APART, _TOGETHER, _GROUPS, _COUNTS = range(4)


# Sums of products are exact, in any order, while they need no more bits than a number has.
WEIGHT_GRID = 2.0**-12


def on_grid(values: Floats, grid: float) -> Floats:
    """The nearest multiples of `grid`, a power of two."""
    rounded: Floats = np.rint(values / grid) * grid
    return rounded


def _generator(*entropy: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))


def _fixed(weights: Floats) -> Floats:
    weights.flags.writeable = False
    return weights


def _gamma(seed: int, stream: int, shape: float, replicates: int) -> Floats:
    return _fixed(_generator(seed, _APART, stream).standard_gamma(shape, replicates))


_remembered_gamma = lru_cache(maxsize=_REMEMBERED)(_gamma)


def item_weights(
    keys: Sequence[bytes], shapes: Floats, replicates: int, seed: int
) -> Iterator[tuple[int, Floats]]:
    """Gamma draws of these shapes in parts: the first row of each, and its (rows, replicates).

    A key says what is drawn; keys are different, and sorted where they are many.
    """
    if len(keys) <= _MOST_APART:
        draw = _remembered_gamma if replicates <= _LONGEST else _gamma
        step = max(1, _CHUNK // replicates)
        for start in range(0, len(keys), step):
            part = zip(keys[start : start + step], shapes[start : start + step], strict=True)
            streams = ((int.from_bytes(blake2b(k, digest_size=8).digest()), s) for k, s in part)
            yield start, np.array([draw(seed, key, float(s), replicates) for key, s in streams])
        return
    rng = _generator(seed, _TOGETHER)
    step = max(1, _CHUNK // replicates)
    for start in range(0, len(keys), step):
        some = shapes[start : start + step, None]
        yield start, rng.standard_gamma(some, (len(some), replicates))


def _exponential(rng: np.random.Generator, groups: int, replicates: int) -> Floats:
    weights = rng.standard_exponential((groups, replicates))
    return on_grid(weights, WEIGHT_GRID)


@lru_cache(maxsize=2)
def _remembered_groups(seed: int, groups: int, replicates: int) -> Floats:
    return _fixed(_exponential(_generator(seed, _GROUPS), groups, replicates))


def group_weights(groups: int, replicates: int, seed: int) -> Iterator[tuple[int, Floats]]:
    """Exp(1) draws for at least so many groups, in parts as `item_weights` has them.

    They are multiples of `WEIGHT_GRID`.
    """
    up = -(-groups // _STEP) * _STEP
    if up * replicates <= _CHUNK:
        yield 0, _remembered_groups(seed, up, replicates)
        return
    rng = _generator(seed, _GROUPS)
    step = max(1, _CHUNK // replicates)
    for start in range(0, groups, step):
        yield start, _exponential(rng, min(step, groups - start), replicates)


def item_counts(
    shares: Floats, total: int, replicates: int, seed: int
) -> Iterator[tuple[int, Floats]]:
    """Multinomial counts of `total` items in parts: a first replicate, and (replicates, rows)."""
    rng = _generator(seed, _COUNTS)
    step = max(1, _CHUNK // max(len(shares), 1))
    for start in range(0, replicates, step):
        drawn = rng.multinomial(total, shares, min(step, replicates - start))
        yield start, drawn.astype(np.float64)


def forget() -> None:
    """Draw everything anew from now on; it will be the same again."""
    _remembered_gamma.cache_clear()
    _remembered_groups.cache_clear()
