"""Near-duplicates: a perceptual hash nominates a pair, aligned pixels decide.

A hash alone sees the scene, not the part: in plant photographs it chains most of a data set
into one lump. All decisions are made in whole numbers (held exactly in float64), so that
they are the same on every processor.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from labeler.core.datasets.selection import THUMBNAIL_SIDE_PX, SettledImage

Pairs = npt.NDArray[np.int64]
"""(pair, 2): positions of two images, the smaller first."""
Reals = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MAX_DISTANCE = 10
"""Bits in which two hashes of 64 may differ."""
MIN_CORRELATION = 0.985
"""Of the two thumbnails' detail after alignment. On 460 plant photographs this joins copies and
burst neighbours; from 0.98 down different places of one part begin to join."""

_NEAREST = 12
_ALL_AGAINST_ALL = 30_000
_AT_ONCE = 1 << 16  # distances: the same memory for any number of images
_WINDOW = 32
_BATCH = 64  # pairs are asked for together; the answer to which are hangs on this number
_PIECE = 16  # more spills out of the cache and takes up to five times as long
_DETAIL_PX = 9
_REACH_PX = 2  # at half size, so 4 px of 64, and one more in the fine step


def nominate(hashes: npt.NDArray[np.uint64]) -> tuple[Pairs, Integers]:
    """Pairs of images whose hashes differ in at most `MAX_DISTANCE` bits, and the distances.

    Every image nominates its 12 nearest others. Up to 30,000 images all pairs are looked at;
    beyond, those that agree in 16 neighbouring bits but for one.
    Sorted by distance, then position.
    """
    count = len(hashes)
    near = _buckets(hashes) if count > _ALL_AGAINST_ALL else _blocks(hashes)
    # One number per pair: two would take twice the memory, and four times while they are sorted.
    found = [np.min(pairs, axis=1) * count + np.max(pairs, axis=1) for pairs in near if len(pairs)]
    if not found:
        return np.empty((0, 2), np.int64), np.empty(0, np.int64)
    pairs = np.column_stack(np.divmod(np.unique(np.concatenate(found)), count))
    distance = np.bitwise_count(hashes[pairs[:, 0]] ^ hashes[pairs[:, 1]]).astype(np.int64)
    rank = np.minimum(_rank(pairs[:, 0], distance), _rank(pairs[:, 1], distance))
    kept = np.flatnonzero(rank < _NEAREST)
    order = kept[np.lexsort((pairs[kept, 1], pairs[kept, 0], distance[kept]))]
    return pairs[order], distance[order]


def _rank(owner: Integers, distance: Integers) -> Integers:
    """The place of each entry among those of its owner, nearest first, from 0."""
    order = np.lexsort((np.arange(len(owner)), distance, owner))
    first = np.searchsorted(owner[order], owner[order], "left")
    rank = np.empty(len(owner), np.int64)
    rank[order] = np.arange(len(owner)) - first
    return rank


def _blocks(hashes: npt.NDArray[np.uint64]) -> Iterator[Pairs]:
    count = len(hashes)
    if count < 2:
        return
    nearest = min(_NEAREST, count - 1)
    block = max(1, _AT_ONCE // count)
    for start in range(0, count, block):
        rows = np.arange(start, min(start + block, count))
        distance = np.bitwise_count(hashes[rows, None] ^ hashes[None, :])
        distance[np.arange(len(rows)), rows] = 255
        # Distance first, position second: the choice among equals must not hang on the sort.
        ranked = distance.astype(np.int64) * count + np.arange(count)
        best = np.partition(ranked, nearest - 1, axis=1)[:, :nearest]
        row, column = np.nonzero(best // count <= MAX_DISTANCE)
        yield np.column_stack((rows[row], best[row, column] % count))


def _buckets(hashes: npt.NDArray[np.uint64]) -> Iterator[Pairs]:
    """Distance ≤ 7 leaves one of four 16-bit bands with at most one differing bit.

    An image whose own bucket fills the window looks no further: among thousands of alike
    pictures the nearest by value must do.
    """
    for band in range(4):
        keys = (hashes >> np.uint64(16 * band)).astype(np.uint16)
        order = np.lexsort((hashes, keys))
        ordered = keys[order]
        first = np.arange(len(ordered)) + 1
        past = np.minimum(np.searchsorted(ordered, ordered, "right"), first + _WINDOW)
        yield _within_distance(hashes, order, first, past)
        lonely = past - first < _WINDOW
        for bit in range(16):
            wanted = ordered ^ np.uint16(1 << bit)
            first = np.searchsorted(ordered, wanted, "left")
            past = np.minimum(np.searchsorted(ordered, wanted, "right"), first + _WINDOW)
            yield _within_distance(hashes, order, first, np.where(lonely, past, first))


def _within_distance(
    hashes: npt.NDArray[np.uint64],
    order: Integers,
    first: Integers,
    past: Integers,
) -> Pairs:
    lengths = np.maximum(past - first, 0)
    left = np.repeat(np.arange(len(order)), lengths)
    right = np.arange(left.size) - (np.cumsum(lengths) - lengths)[left] + first[left]
    pairs: Pairs = np.column_stack((order[left], order[right])).astype(np.int64)
    near = np.bitwise_count(hashes[pairs[:, 0]] ^ hashes[pairs[:, 1]]) <= MAX_DISTANCE
    return np.asarray(pairs[near & (pairs[:, 0] != pairs[:, 1])])


def detail(thumbnails: npt.NDArray[np.uint8]) -> Reals:
    """Each thumbnail less its own surroundings: whole numbers, shape unchanged.

    Light and shape fade, texture and marks stay. `thumbnails` is (image, 64, 64).
    """
    # 81 × 255 fits into 16 bits, which is half as much to move about as any other way.
    around = _DETAIL_PX // 2
    wide = np.pad(thumbnails, ((0, 0), (around, around), (around, around)), mode="edge")
    box = _nine_by_nine(wide.astype(np.int16))
    return (thumbnails.astype(np.int16) * np.int16(_DETAIL_PX**2) - box).astype(np.float64)


def _nine_by_nine(wide: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    """The sum of each 9 × 9 neighbourhood; (image, 72, 72) gives (image, 64, 64)."""
    two = wide[:, :-1] + wide[:, 1:]
    four = two[:, :-2] + two[:, 2:]
    rows = four[:, :-5] + four[:, 4:-1] + wide[:, 8:]
    two = rows[:, :, :-1] + rows[:, :, 1:]
    four = two[:, :, :-2] + two[:, :, 2:]
    return np.asarray(four[:, :, :-5] + four[:, :, 4:-1] + rows[:, :, 8:])


def _overlap(first: Reals, second: Reals, down: int, right: int) -> tuple[Reals, Reals]:
    side = first.shape[1]
    mine = first[:, max(down, 0) : side + min(down, 0), max(right, 0) : side + min(right, 0)]
    theirs = second[:, max(-down, 0) : side - max(down, 0), max(-right, 0) : side - max(right, 0)]
    return mine, theirs


def _sums(mine: Reals, theirs: Reals) -> Reals:
    return np.asarray(np.einsum("nij,nij->n", mine, theirs))


def _half(images: Reals) -> Reals:
    return images[:, ::2, ::2] + images[:, 1::2, ::2] + images[:, ::2, 1::2] + images[:, 1::2, 1::2]


_NEAR = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
_FAR = [
    (down, right)
    for down in range(-_REACH_PX, _REACH_PX + 1)
    for right in range(-_REACH_PX, _REACH_PX + 1)
]


def _best_move(first: Reals, second: Reals, moves: Sequence[tuple[int, int]]) -> Integers:
    """For each pair the index of the move with the highest mean product."""
    scores = []
    for move in moves:
        mine, theirs = _overlap(first, second, *move)
        scores.append(_sums(mine, theirs) / (mine.shape[1] * mine.shape[2]))
    return np.asarray(np.argmax(np.stack(scores, axis=1), axis=1))


def _normalised(first: Reals, second: Reals, move: tuple[int, int]) -> Reals:
    mine, theirs = _overlap(first, second, *move)
    power = _sums(mine, mine) * _sums(theirs, theirs)
    return np.asarray(_sums(mine, theirs) / np.sqrt(np.where(power > 0, power, 1.0)))


def correlation(first: Reals, second: Reals) -> Reals:
    """How well two images' `detail` agrees at its best alignment (up to 5 px): −1 to 1.

    Arrays (pair, 64, 64). 0 where one of them has no detail at all. Sought at half size first,
    then one pixel around.
    """
    coarse = _best_move(_half(first), _half(second), _FAR)
    result = np.zeros(len(first))
    for far in np.unique(coarse):
        there = np.flatnonzero(coarse == far)
        one, other = first[there], second[there]
        down, right = _FAR[far]
        moves = [(2 * down + y, 2 * right + x) for y, x in _NEAR]
        fine = _best_move(one, other, moves)
        for index in np.unique(fine):
            here = fine == index
            result[there[here]] = _normalised(one[here], other[here], moves[index])
    return result


def agreeing_pairs(
    images: Sequence[SettledImage], worth_comparing: Callable[[int, int], bool]
) -> Iterator[tuple[int, int]]:
    """Pairs of positions whose pixels agree after alignment, nearest hashes first.

    `worth_comparing` is asked just before pixels are compared, so that pairs joined or closed
    in the meantime cost nothing.
    """
    usable, known = [], []
    for position, image in enumerate(images):
        if image.perceptual_hash and len(image.thumbnail) == THUMBNAIL_SIDE_PX**2:
            usable.append(position)
            known.append(int(image.perceptual_hash, 16))
    pairs, _ = nominate(np.array(known, dtype=np.uint64))
    positions = np.array(usable, dtype=np.int64)[pairs]
    for start in range(0, len(pairs), _BATCH):
        batch = positions[start : start + _BATCH]
        asked = np.array([worth_comparing(int(a), int(b)) for a, b in batch])
        for a, b in _agreeing(images, batch[asked]):
            yield int(a), int(b)


def _agreeing(images: Sequence[SettledImage], pairs: Pairs) -> Pairs:
    """Those of the pairs whose pixels agree."""
    found = np.zeros(len(pairs), dtype=bool)
    for start in range(0, len(pairs), _PIECE):
        first, second = (_details(images, side) for side in pairs[start : start + _PIECE].T)
        found[start : start + _PIECE] = correlation(first, second) >= MIN_CORRELATION
    return pairs[found]


def _details(images: Sequence[SettledImage], positions: Integers) -> Reals:
    """The detail of each, made anew for every pair: keeping it costs 8 KiB per image."""
    gray = b"".join(images[int(position)].thumbnail for position in positions)
    side = THUMBNAIL_SIDE_PX
    return detail(np.frombuffer(gray, dtype=np.uint8).reshape(-1, side, side))
