"""A share over time: where its points, limits and signals stand, and what it says in words."""

from xml.etree import ElementTree as ET

import pytest

from labeler.core.control_chart import Sample, control_chart
from labeler.web.control_charts import control_chart_svg, lay_out

SVG = "{http://www.w3.org/2000/svg}"
WEEKS = [f"2026-W{n:02}" for n in range(1, 60)]


def chart(*counts, of=100, periods=WEEKS):
    made = control_chart([Sample(p, n, of) for p, n in zip(periods, counts, strict=False)])
    assert made is not None
    return made


def drawn(made, **more):
    given = {"name": "drift", "title": "Disputes", "described": "W05 stands out.", "began": {}}
    return ET.fromstring(control_chart_svg(made, **given | more))  # noqa: S314  we drew it


def test_more_is_higher_and_later_is_further_right():
    points = lay_out(chart(5, 12, 0)).points
    assert points[1].y_px < points[0].y_px < points[2].y_px
    assert points[0].x_px < points[1].x_px < points[2].x_px
    assert points[1].high_px <= points[1].y_px <= points[1].low_px


@pytest.mark.parametrize(
    ("counts", "of", "top"), [((5, 4), 100, 0.15), ((1, 0), 1000, 0.005), ((90, 80), 100, 1.0)]
)
def test_the_scale_ends_at_a_round_share_that_everything_fits_under(counts, of, top):
    layout = lay_out(chart(*counts, of=of))
    assert layout.top == pytest.approx(top)
    assert layout.ticks[-1][0] == pytest.approx(top)
    assert all(p.high_px >= layout.ticks[-1][1] for p in layout.points)


def test_a_signal_has_a_shape_of_its_own_and_the_others_are_discs():
    svg = drawn(chart(5, 4, 6, 5, 30, 5))
    [signal] = svg.findall(f"{SVG}polygon")
    assert signal.get("class") == "control-signal"
    first, *others = (tuple(map(float, p.split(","))) for p in signal.get("points").split())
    assert all(first[1] < y for _, y in others), "it points up"
    assert len(svg.findall(f"{SVG}circle")) == 5
    down = drawn(chart(50, 52, 47, 51, 15, 49)).find(f"{SVG}polygon").get("points").split()
    tip, *rest = (tuple(map(float, p.split(","))) for p in down)
    assert all(tip[1] > y for _, y in rest), "it points down"
    run = drawn(chart(*[4] * 8, *[8] * 4)).findall(f"{SVG}polygon")
    assert [one.get("class") for one in run] == ["control-signal run"]


def test_limits_are_drawn_and_the_lower_one_only_where_it_is_above_nothing():
    def limits(made):
        return [p for p in drawn(made).findall(f"{SVG}path") if p.get("class") == "control-limit"]

    assert len(limits(chart(2, 3, 2))) == 1
    assert len(limits(chart(40, 45, 50))) == 2


def test_a_new_standard_is_a_line_with_its_name():
    svg = drawn(chart(5, 5, 5), began={"2026-W02": "v2"})
    [line] = [one for one in svg.findall(f"{SVG}line") if one.get("class") == "control-began"]
    x = float(line.get("x1"))
    points = lay_out(chart(5, 5, 5)).points
    assert points[0].x_px < x < points[1].x_px
    assert "v2" in [text.text for text in svg.iter(f"{SVG}text")]


def test_of_many_periods_some_are_named_and_the_latest_always():
    texts = [text.text for text in drawn(chart(*[5] * 50)).iter(f"{SVG}text")]
    named = [text for text in texts if text.startswith("W")]
    assert len(named) <= 12
    assert named[-1] == "W50"
    shifts = drawn(chart(5, periods=["2026-03-02 22:00-06:00"]))
    assert {"03-02", "22:00"} <= {text.text for text in shifts.iter(f"{SVG}text")}


def test_the_picture_is_said_in_words_and_nothing_is_styled_inline():
    svg = drawn(chart(5, 30), title="A & B <b>")
    assert svg.get("role") == "img"
    found = {child.get("id"): child.text for child in svg if child.get("id")}
    assert found == {"drift-title": "A & B <b>", "drift-desc": "W05 stands out."}
    assert not [one for one in svg.iter() if "style" in one.attrib]
