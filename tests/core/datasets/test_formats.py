import csv
import io
import json

import pytest

from labeler.core.datasets.canonical import Entries, Written, compact, entries, items, lines, text
from labeler.core.datasets.formats.coco import CocoEntries, coco
from labeler.core.datasets.formats.labels_csv import COLUMNS, escaped, header, rows
from labeler.core.datasets.plan import Action, PlannedFile
from labeler.core.datasets.recipe import Split
from labeler.core.datasets.rendered import RenderedFile
from tests.made_datasets import CODES, DENT, SCRATCH, blot, made_standard, settled

IMAGE = settled("a", {"dent": [DENT], "scratch": [SCRATCH, blot()], "stain": []})


def rendered(image, split=Split.TRAIN, regions=None):
    planned = PlannedFile(
        f"images/{split}/{image.image[:8]}.jpg", split, image.image, 0, Action.COPY
    )
    places = {one.defect_type: one.regions for one in image.labels if one.regions}
    return RenderedFile(planned, "0" * 64, 1, 96, 64, places if regions is None else regions, None)


def test_a_cell_that_a_spreadsheet_would_run_is_escaped():
    for cell in ("=1+1", "+1", "-1", "@sum", "\t=1", "\r=1"):
        assert escaped(cell) == "'" + cell
    assert escaped("a=1") == "a=1"
    assert escaped(None) == ""


def test_the_table_has_a_row_per_file_and_judged_defect_type():
    part = settled("b", labels=IMAGE.labels[:1])
    files = [rendered(IMAGE), rendered(part, Split.VAL)]
    written = [header(), *rows(files[0], IMAGE), *rows(files[1], part)]
    table = list(csv.DictReader(io.StringIO("".join(written))))
    assert tuple(table[0]) == COLUMNS
    assert [(row["split"], row["defect_type"], row["label"]) for row in table] == [
        ("train", "dent", "present"),
        ("train", "scratch", "present"),
        ("train", "stain", "present"),
        ("val", "dent", "present"),
    ]
    assert table[0]["file"] == files[0].planned.path
    assert table[0]["image"] == IMAGE.image
    assert (table[0]["severity"], table[0]["n_present"], table[0]["n_absent"]) == ("2", "2", "0")


def coco_of(files, images):
    made = CocoEntries(made_standard())
    pairs = [made.of(file, image) for file, image in zip(files, images, strict=True)]
    annotations = [one for _, several in pairs for one in several]
    pieces = coco(Split.TRAIN, made_standard(), [image for image, _ in pairs], annotations)
    return json.loads("".join(pieces))


def test_coco_has_the_three_shapes_and_says_which_place_is_unknown():
    document = coco_of([rendered(IMAGE)], [IMAGE])
    assert [(c["id"], c["name"]) for c in document["categories"]] == list(enumerate(CODES, 1))
    (image,) = document["images"]
    assert image["present_without_region"] == ["stain"]
    box, polygon, mask = document["annotations"]
    assert box["bbox"] == [10.0, 12.0, 30.0, 25.0]
    assert box["segmentation"] == [[10.0, 12.0, 40.0, 12.0, 40.0, 37.0, 10.0, 37.0]]
    assert box["area"] == 750.0
    assert polygon["segmentation"] == [[20.0, 20.0, 60.0, 24.0, 60.0, 34.0, 22.0, 32.0]]
    assert polygon["bbox"] == [20.0, 20.0, 40.0, 14.0]
    assert mask["segmentation"]["size"] == [64, 96]
    assert mask["bbox"] == [40.0, 30.0, 20.0, 12.0]
    assert mask["area"] == 240.0
    assert [one["category_id"] for one in document["annotations"]] == [1, 2, 2]
    assert [one["id"] for one in document["annotations"]] == [1, 2, 3]


def test_coco_takes_the_places_of_the_written_file_not_of_the_source():
    document = coco_of([rendered(IMAGE, regions={"dent": (SCRATCH,)})], [IMAGE])
    (only,) = document["annotations"]
    assert only["bbox"] == [20.0, 20.0, 40.0, 14.0]
    assert document["images"][0]["present_without_region"] == ["scratch", "stain"]


def test_an_ok_image_is_listed_without_annotations():
    document = coco_of([rendered(settled("ok"))], [settled("ok")])
    assert document["annotations"] == []
    assert document["images"][0]["present_without_region"] == []


def test_canonical_json_is_json_and_one_line_per_entry():
    value = {"b": [{"y": 1, "x": "é"}, {"x": []}], "a": {}, "c": [], "d": None}
    assert json.loads(text(value)) == value
    assert text(value) == text(dict(reversed(value.items())))
    assert text(value).count("\n") == 9
    assert "".join(lines({**value, "b": iter(value["b"])})) == text(value)
    assert json.loads(text({})) == {}


def test_canonical_json_is_read_line_by_line_as_it_was_written():
    value = {"b": [{"y": 1, "x": "é, "}, []], "a": {"]": "\n"}, "c": [], "d": None}
    written = text(value).splitlines(keepends=True)
    assert list(items(written)) == [
        ("a", None, compact(value["a"])),
        ("b", 0, compact(value["b"][0])),
        ("b", 1, "[]"),
        ("c", None, "[]"),
        ("d", None, "null"),
    ]
    assert list(entries(written, "b")) == value["b"]
    assert list(entries(written, "c")) == []
    for key in ("a", "e"):
        with pytest.raises(ValueError, match=f"'{key}'"):
            list(entries(written, key))


def test_an_entry_that_is_written_already_goes_in_as_it_is_and_a_list_may_be_begun_anew():
    value = {"b": [{"x": 1}, {"x": 2}]}
    again = Entries(lambda: (Written(compact(one)) for one in value["b"]))
    assert text({"b": again}) == text({"b": again}) == text(value)


def values_of(written):
    return [json.loads(value) for _, _, value in items(written)]


def test_a_line_doubled_or_with_another_end_is_refused():
    written = text({"a": [1, 2], "b": 3}).splitlines(keepends=True)
    assert len(written) == 7
    for place, line in enumerate(written):
        comma = line[:-2] + "\n" if line.endswith(",\n") else line[:-1] + ",\n"
        for instead in ([line, line], [comma], [line[:-1]], ["x" + line]):
            spoiled = [*written[:place], *instead, *written[place + 1 :]]
            if instead == [line, line] and line == "1,\n":
                continue  # a longer list is a list
            with pytest.raises(ValueError):  # noqa: PT011 - JSON's own among them
                values_of(spoiled)


@pytest.mark.parametrize(
    "written", ['{\n"a": [1,2]\n}\n', '{\n"a": [\n1,2]\n}\n', "{}", "[]\n", ""]
)
def test_json_with_other_line_ends_is_refused(written):
    with pytest.raises(ValueError):  # noqa: PT011 - whichever says it first
        list(entries(written.splitlines(keepends=True), "a"))
