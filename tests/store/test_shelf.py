import pytest

from labeler.store.shelf import Shelf
from tests.made_datasets import DENT, SCRATCH, blot, settled


def test_values_come_back_as_they_were_in_any_order_and_as_often_as_asked(tmp_path):
    values = [settled(n, {"dent": [DENT], "scratch": [SCRATCH, blot()]}) for n in range(5)]
    with Shelf(tmp_path) as shelf:
        for value in values:
            shelf.append(value)
        assert list(shelf) == values == list(shelf)
        assert shelf[3] == values[3]
        assert shelf[-1] == values[-1]
        assert shelf[1:3] == values[1:3]
        assert len(shelf) == 5


def test_values_may_be_added_between_readings(tmp_path):
    with Shelf(tmp_path) as shelf:
        shelf.append("one")
        assert shelf[0] == "one"
        shelf.append({"two": 2})
        assert list(shelf) == ["one", {"two": 2}]


def test_a_place_that_nothing_lies_at_is_an_index_error(tmp_path):
    with Shelf(tmp_path) as shelf:
        shelf.append(1)
        for place in (1, -2):
            with pytest.raises(IndexError):
                shelf[place]


def test_nothing_is_left_in_the_folder(tmp_path):
    with Shelf(tmp_path) as shelf:
        shelf.append(b"x" * 10_000)
        shelf[0]
    assert list(tmp_path.iterdir()) == []
