"""Regions as SVG."""

from labeler.web.region_shapes import region_marks

BOX = {"kind": "box", "x": 1.5, "y": 2, "width": 3, "height": 4}
POLYGON = {"kind": "polygon", "points": [[10, 10], [90, 12], [50, 60]]}
MASK = {"kind": "mask", "rle": {"size": [100, 200], "counts": [4_050, 20, 80, 20, 15_830]}}


def test_marks_of_every_kind_are_drawn() -> None:
    marks = region_marks([BOX, POLYGON, MASK], width_px=200, height_px=100, line="line", letter="A")
    assert '<rect class="case-dark" x="1.5" y="2" width="3" height="4"/>' in marks
    assert 'points="10,10 90,12 50,60"' in marks
    assert '<path class="line" d="M40 50h2M40 70h2M40 50v20M42 50v20"/>' in marks


def test_a_letter_stands_beside_its_region_and_inside_the_picture() -> None:
    high = region_marks([BOX], width_px=280, height_px=100, line="line", letter="<")
    assert '<text class="mark-letter" x="1.5" y="19.5" font-size="10">&lt;</text>' in high
    low = region_marks([{**BOX, "y": 50}], width_px=280, height_px=100, line="line", letter="B")
    assert 'y="46.5"' in low
