"""Balance: how many copies of which image `train` gets. `val` and `test` stay as they are.

Images with the same set of present defect types are interchangeable, so the integer program
has one variable per set and round of copies; its size does not grow with the images. A later
round costs slightly more: few copies of many images come before many copies of few.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labeler.core.datasets.recipe import BalanceSettings, BalanceStrategy, Recipe, Split
from labeler.core.datasets.selection import SettledImage
from labeler.core.datasets.splits import Splits
from labeler.core.errors import FieldError, InvalidInput

_ROUND_COST = 1e-3
_SHORTFALL_COST = 1e4
_MAX_VARIABLES = 3_000  # beyond, greedy: the program may take minutes

Present = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """Images in `train` that show a defect type: before, asked for (None: nothing), reached."""

    before: int
    asked: int | None
    reached: int


@dataclass(frozen=True, slots=True)
class Balance:
    """`copies`: further copies per image of `train`; `dropped`: OK images left out of it."""

    copies: Mapping[str, int]
    dropped: frozenset[str]
    types: Mapping[str, Reached]
    ok: Reached


def balance(
    images: Sequence[SettledImage], splits: Splits, recipe: Recipe, codes: Iterable[str]
) -> Balance:
    """Decide copies of `train`'s images so that every defect type reaches its target.

    `codes` are those of the standard. Raises `InvalidInput` for a target of an unknown type.
    """
    settings = recipe.balance
    by_set: dict[Present, list[str]] = defaultdict(list)
    train = {image: image for image, split in splits.split.items() if split is Split.TRAIN}
    for image in images:
        if image.image in train:
            by_set[image.present].append(train[image.image])  # one text for all who hold it
    before = {code: sum(len(by_set[s]) for s in by_set if code in s) for code in sorted(codes)}
    asked = _asked(settings, before)
    ok = sorted(by_set.get((), []))
    kept = _by_turns(ok, splits, recipe.seed)[: settings.max_ok]
    sets = sorted(one for one in by_set if one)
    wanted = _copies_per_set(sets, [len(by_set[s]) for s in sets], before, asked, settings)
    copies: dict[str, int] = {}
    for one, total in zip(sets, wanted, strict=True):
        copies |= _spread(_by_turns(by_set[one], splits, recipe.seed), total)
    if settings.strategy is BalanceStrategy.NONE and recipe.augment.preset != "none":
        each = recipe.augment.copies_per_image
        copies = {image: each for several in by_set.values() for image in several if each}
    dropped = frozenset(ok) - set(kept)
    copies = {image: count for image, count in copies.items() if image not in dropped}
    reached = dict(before)
    for present, several in by_set.items():
        for code in present:
            more = sum(copies.get(image, 0) for image in several)
            reached[code] = reached.get(code, 0) + more
    ok_reached = sum(1 + copies.get(image, 0) for image in kept)
    return Balance(
        copies,
        dropped,
        {code: Reached(before[code], asked.get(code), reached[code]) for code in before},
        Reached(len(ok), settings.max_ok, ok_reached),
    )


def _asked(settings: BalanceSettings, before: Mapping[str, int]) -> dict[str, int]:
    if settings.strategy is BalanceStrategy.NONE:
        return {}
    if settings.strategy is BalanceStrategy.EQUALIZE:
        return dict.fromkeys(before, max(before.values(), default=0))
    if not isinstance(settings.target, Mapping):
        return dict.fromkeys(before, settings.target or 0)
    unknown = sorted(set(settings.target) - set(before))
    if unknown:
        raise InvalidInput(
            "The recipe names defect types that the standard does not have: {codes}",
            fields=[
                FieldError(f"balance.target.{code}", "Not in the standard.") for code in unknown
            ],
            codes=", ".join(unknown),
        )
    return dict(settings.target)


def _by_turns(images: Iterable[str], splits: Splits, seed: int) -> list[str]:
    """The images so that every group has its first before any has its second."""
    turn: dict[str, int] = defaultdict(int)
    drawn = [(hashlib.sha256(f"{seed}:{image}".encode()).digest(), image) for image in images]
    placed = []
    for luck, image in sorted(drawn):
        group = splits.group[image]
        placed.append((turn[group], luck, image))
        turn[group] += 1
    return [image for _, _, image in sorted(placed)]


def _spread(images: Sequence[str], total: int) -> dict[str, int]:
    each, more = divmod(total, len(images))
    counts = {image: each + (place < more) for place, image in enumerate(images)}
    return {image: count for image, count in counts.items() if count}


def _copies_per_set(
    sets: Sequence[Present],
    sizes: Sequence[int],
    before: Mapping[str, int],
    asked: Mapping[str, int],
    settings: BalanceSettings,
) -> list[int]:
    codes = [code for code in sorted(asked) if asked[code] > before[code] > 0]
    rounds = settings.max_copies_per_image
    if not codes or not rounds or not sets:
        return [0] * len(sets)
    member = np.array([[code in one for one in sets] for code in codes], dtype=np.float64)
    need = np.array([asked[code] - before[code] for code in codes], dtype=np.float64)
    size = np.array(sizes, dtype=np.float64)
    if len(sets) * rounds + len(codes) > _MAX_VARIABLES:
        return _greedy(member, need, size, rounds)
    return _program(member, need, size, rounds)


def _program(
    member: npt.NDArray[np.float64],
    need: npt.NDArray[np.float64],
    size: npt.NDArray[np.float64],
    rounds: int,
) -> list[int]:
    """Minimise shortfall first, copies second, repetition third.

    `member` is (type, set), `need` (type,), `size` (set,). Variables: copies per round and
    set, then the shortfall per type. No time limit: it would make the answer depend on the
    machine.
    """
    # 0.4 s that processes which render do not need.
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    kinds, sets = member.shape
    cost = np.concatenate(
        [np.repeat(1 + _ROUND_COST * np.arange(rounds), sets), np.full(kinds, _SHORTFALL_COST)]
    )
    matrix = csr_array(np.hstack([np.tile(member, rounds), np.eye(kinds)]))
    answer = milp(
        cost,
        integrality=np.ones(len(cost)),
        bounds=Bounds(0, np.concatenate([np.tile(size, rounds), need])),
        constraints=LinearConstraint(matrix, need, np.inf),
        options={"node_limit": 20_000},
    )
    if answer.x is None:
        return _greedy(member, need, size, rounds)
    per_round = np.round(answer.x[: rounds * sets]).astype(int).reshape(rounds, sets)
    return [int(count) for count in per_round.sum(axis=0)]


def _greedy(
    member: npt.NDArray[np.float64],
    need: npt.NDArray[np.float64],
    size: npt.NDArray[np.float64],
    rounds: int,
) -> list[int]:
    """Copies where they serve the most types that still need some; the same bounds."""
    need, copies = need.copy(), np.zeros(len(size))
    while True:
        served = ((need > 0)[:, None] * member).sum(axis=0)
        gain = np.where(copies < size * rounds, served - _ROUND_COST * np.floor(copies / size), 0)
        best = int(np.argmax(gain))
        if gain[best] <= 0:
            return [int(count) for count in copies]
        waiting = need[(need > 0) & (member[:, best] > 0)]
        round_left = size[best] * (math.floor(copies[best] / size[best]) + 1) - copies[best]
        step = min(float(waiting.min()), float(round_left))
        copies[best] += step
        need -= step * member[:, best]
