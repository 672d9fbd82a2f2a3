import pytest

from labeler.core.datasets.recipe import parse_recipe
from labeler.core.datasets.selection import select
from labeler.core.errors import InvalidInput
from labeler.core.terms import Source
from tests.made_datasets import label, settled


def test_images_are_in_the_order_of_their_hashes_whatever_order_they_came_in():
    images = [settled(name) for name in range(9)]
    forth = select(images, parse_recipe({}), {})
    back = select(images[::-1], parse_recipe({}), {})
    assert list(forth.images) == list(back.images)
    assert [i.image for i in forth.images] == sorted(i.image for i in images)


def test_an_image_with_a_label_from_a_source_left_out_stays_out_whole_and_is_counted():
    recipe = parse_recipe({"include": {"sources": ["unanimous"]}})
    mixed = settled("m", labels=(label("dent", None), label("scratch", [], Source.MAJORITY)))
    selection = select([settled("a"), mixed, settled("n", labels=())], recipe, {"unsettled": 4})
    assert [i.image for i in selection.images] == [settled("a").image]
    assert selection.left_out == {"no_label": 1, "source_not_included": 1, "unsettled": 4}
    assert {i.image for i in selection.others} == {mixed.image, settled("n").image}


def test_the_same_image_twice_is_refused():
    with pytest.raises(InvalidInput, match="twice"):
        select([settled("a"), settled("a", unit="U")], parse_recipe({}), {})


def test_grouping_by_a_column_that_no_image_has_is_refused_since_it_would_group_nothing():
    recipe = parse_recipe({"group_by": ["unit", "cavity"]})
    with pytest.raises(InvalidInput, match="cavity"):
        select([settled("a", unit="U")], recipe, {})
    known = settled("b", context={"cavity": "3"})
    assert select([known], recipe, {}).images[:] == [known]
    assert known.key("cavity") == "3"


def test_units_may_be_unknown():
    image = settled("a")
    assert image.key("unit") is None
    assert select([image], parse_recipe({}), {}).images[:] == [image]
