"""Dots with whiskers: where they stand, and what they say to those who do not see them."""

from xml.etree import ElementTree as ET

from labeler.web.charts import DotRow, chart_svg, dot_chart
from labeler.web.numbers import interval, number

SVG = "{http://www.w3.org/2000/svg}"
ROWS = [
    DotRow("Scratch", 0.857, 0.616, 0.95, "0.86 (0.62 to 0.95)"),
    DotRow("Dent", None, None, None, "Nobody marked it."),
    DotRow("Stain <b>", -0.1, -0.3, 0.2, "-0.10 (-0.30 to 0.20)"),
]


def drawn(rows=ROWS, **settings):
    return ET.fromstring(chart_svg(dot_chart(rows), name="agreement", title="How far"))  # noqa: S314  we drew it


def test_a_dot_stands_between_the_ends_of_its_whisker():
    mark = dot_chart(ROWS).marks[0]
    low, high = mark.whisker_px
    assert low < mark.dot_px < high


def test_the_scale_runs_from_nothing_to_one():
    chart = dot_chart([DotRow("a", 0.0, None, None, "0"), DotRow("b", 1.0, None, None, "1")])
    assert [mark.dot_px for mark in chart.marks] == [chart.left_px, chart.right_px]
    assert chart.ticks[0] == (0.0, chart.left_px)
    assert chart.ticks[-1] == (1.0, chart.right_px)


def test_a_negative_figure_is_an_arrow_at_the_left_edge():
    chart = dot_chart(ROWS)
    mark = chart.marks[2]
    assert mark.beyond
    assert mark.dot_px == mark.whisker_px[0] == chart.left_px
    paths = [one.get("d") for one in drawn().iter(f"{SVG}path")]
    # The line runs to the edge and has no cap there: it goes on, and ends at .2.
    assert [path.count("V") for path in paths] == [2, 1]
    assert paths[1].startswith(f"M{chart.left_px},{mark.y_px}H")
    assert len(drawn().findall(f"{SVG}polygon")) == 1


def test_an_undefined_figure_has_a_reason_and_no_dot():
    mark = dot_chart(ROWS).marks[1]
    assert (mark.dot_px, mark.whisker_px) == (None, None)
    svg = drawn()
    assert len(svg.findall(f"{SVG}circle")) == 1
    undefined = [t for t in svg.iter(f"{SVG}text") if t.get("class") == "chart-undefined"]
    assert [text.text for text in undefined] == ["Nobody marked it."]


def test_the_picture_is_said_in_words():
    svg = drawn()
    assert svg.get("role") == "img"
    names = svg.get("aria-labelledby").split()
    found = {child.get("id"): child.text for child in svg if child.get("id")}
    assert found[names[0]] == "How far"
    assert "Scratch: 0.86 (0.62 to 0.95); Dent: Nobody marked it." in found[names[1]]


def test_nothing_is_styled_inline_and_every_text_is_escaped():
    text = str(chart_svg(dot_chart(ROWS), name='x"y', title="A & B"))
    assert "style" not in text
    assert "<b>" not in text
    assert "Stain &lt;b&gt;" in text
    assert 'x"y' not in text
    ET.fromstring(text)  # noqa: S314  we drew it


def test_rows_lie_below_each_other_inside_the_picture():
    chart = dot_chart(ROWS)
    places = [mark.y_px for mark in chart.marks]
    assert places == sorted(set(places))
    assert places[-1] < chart.bottom_px < chart.height_px


def test_a_value_without_an_interval_has_no_whisker():
    svg = drawn([DotRow("Scratch", 0.5, None, None, "0.50")])
    assert svg.find(f"{SVG}path") is None
    assert svg.find(f"{SVG}circle") is not None


def test_an_interval_ends_at_1_or_begins_at_0_by_rounding_but_never_the_other_way():
    assert interval(0.9962, 0.9996) == "0.996–1.00"
    assert interval(0.0004, 0.0038) == "0.00–0.004"
    assert interval(-0.154, 0.33) == "−0.15–0.33"
    assert interval(0.7497, 0.9, 0.75) == "0.7497–0.90"
    assert number(0.05021, 0.05) == "0.0502"
