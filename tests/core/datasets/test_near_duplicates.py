import numpy as np
import pytest

from labeler.core.datasets import near_duplicates
from labeler.core.datasets.near_duplicates import (
    MIN_CORRELATION,
    agreeing_pairs,
    correlation,
    detail,
    nominate,
)
from labeler.pixels.fingerprint import hash_text
from tests.made_datasets import settled


def texture(seed: int, side: int = 80) -> np.ndarray:
    luck = np.random.default_rng(seed)
    coarse = np.kron(luck.integers(60, 180, (20, 20)), np.ones((4, 4)))
    return (coarse[:side, :side] + luck.integers(0, 40, (side, side))).astype(np.uint8)


def seen(seed: int, down: int = 0, right: int = 0, light: float = 1.0, noise: int = 0):
    window = texture(seed)[8 + down : 72 + down, 8 + right : 72 + right] * light
    luck = np.random.default_rng(seed + 99)
    return np.clip(window + luck.integers(0, noise + 1, (64, 64)), 0, 255).astype(np.uint8)


def agreement(one: np.ndarray, other: np.ndarray) -> float:
    return float(correlation(detail(one[None]), detail(other[None]))[0])


@pytest.mark.parametrize("move", [(0, 0), (1, 0), (-3, 4), (5, -5), (2, 3)])
def test_the_same_surface_moved_dimmed_and_noisy_agrees(move):
    assert agreement(seen(1), seen(1, *move, light=0.9, noise=3)) > MIN_CORRELATION


def test_another_surface_does_not_agree():
    assert agreement(seen(1), seen(2)) < 0.5


def test_a_picture_without_detail_agrees_with_nothing():
    plain = np.full((64, 64), 90, np.uint8)
    assert agreement(plain, plain) == 0
    assert agreement(plain, seen(1)) == 0


def test_detail_is_each_pixel_times_81_less_the_sum_of_its_9_by_9_surroundings():
    picture = seen(3)
    wide = np.pad(picture.astype(int), 4, mode="edge")
    sums = [[int(wide[y : y + 9, x : x + 9].sum()) for x in range(64)] for y in range(64)]
    direct = 81 * picture.astype(int) - np.array(sums)
    assert np.array_equal(detail(picture[None])[0], direct)


def test_all_pairs_within_the_distance_are_nominated_and_no_other():
    luck = np.random.default_rng(0)
    hashes = luck.integers(0, 2**63, 300, dtype=np.uint64)
    hashes[150:180] = hashes[:30] ^ np.uint64(0b1011)
    hashes[180:200] = hashes[:20] ^ np.uint64(0x0FFF)  # 12 bits: too far
    pairs, distance = nominate(hashes)
    found = {(int(a), int(b)) for a, b in pairs}
    slow = {
        (a, b)
        for a in range(300)
        for b in range(a + 1, 300)
        if (int(hashes[a]) ^ int(hashes[b])).bit_count() <= near_duplicates.MAX_DISTANCE
    }
    assert found == slow
    assert len(found) >= 50
    assert list(distance) == sorted(distance)


def test_buckets_nominate_what_comparing_all_with_all_does(monkeypatch):
    luck = np.random.default_rng(1)
    hashes = luck.integers(0, 2**63, 500, dtype=np.uint64)
    for place in range(0, 100, 2):
        flips = luck.choice(64, 7, replace=False)
        hashes[place + 1] = hashes[place] ^ np.uint64(sum(1 << int(bit) for bit in flips))
    slow, _ = nominate(hashes)
    monkeypatch.setattr(near_duplicates, "_ALL_AGAINST_ALL", 0)
    fast, _ = nominate(hashes)
    assert {tuple(p) for p in slow.tolist()} == {tuple(p) for p in fast.tolist()}
    assert len(fast) >= 50


def test_thousands_of_pictures_alike_nominate_a_few_each_not_all_with_all(monkeypatch):
    hashes = np.arange(3_000, dtype=np.uint64) & np.uint64(0b111)
    assert len(nominate(hashes)[0]) <= 3_000 * 24
    monkeypatch.setattr(near_duplicates, "_ALL_AGAINST_ALL", 0)
    assert 3_000 <= len(nominate(hashes)[0]) <= 3_000 * 24


def image(name: str, picture: np.ndarray, perceptual: int):
    return settled(name, perceptual_hash=hash_text(perceptual), thumbnail=picture.tobytes())


def test_a_hash_only_nominates_and_pixels_decide():
    images = [
        image("a", seen(1), 5),
        image("b", seen(1, 2, 1), 7),
        image("c", seen(2), 5),  # the same hash, another surface
        image("d", seen(1), 2**64 - 1),  # the same surface, a hash far away
        settled("no fingerprint"),
    ]
    assert list(agreeing_pairs(images, lambda a, b: True)) == [(0, 1)]


def test_a_pair_that_is_not_worth_comparing_is_not_compared():
    images = [image(str(n), seen(1), 5) for n in range(3)]
    asked = []

    def never(one: int, other: int) -> bool:
        asked.append((one, other))
        return False

    assert list(agreeing_pairs(images, never)) == []
    assert sorted(asked) == [(0, 1), (0, 2), (1, 2)]


def test_no_image_and_one_image_have_no_pair():
    assert list(agreeing_pairs([], lambda a, b: True)) == []
    assert list(agreeing_pairs([image("a", seen(1), 1)], lambda a, b: True)) == []
