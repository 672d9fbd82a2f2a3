"""Dots with whiskers on one scale that ends at 1, as SVG without any style attribute.

`dot_chart` lays the rows out as plain numbers; `chart_svg` writes them down. Looks come
from the classes `chart`, `chart-grid`, `chart-limit`, `chart-tick`, `chart-label`, `chart-value`,
`chart-whisker`, `chart-dot`, `chart-beyond` and `chart-undefined`. What the picture says is
also said in words, in its `<desc>`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_TICKS = 5
_DOT_RADIUS = 5
_CAP = 4


@dataclass(frozen=True, slots=True)
class DotRow:
    """One line of a chart: `value`, `low`, `high` on the scale, None where undefined.

    `text` is what stands at the right: the figure in words, or why it is undefined.
    """

    label: str
    value: float | None
    low: float | None
    high: float | None
    text: str


@dataclass(frozen=True, slots=True)
class DotMark:
    """A row with its places in px; `beyond` when the value lies below the scale.

    A coefficient can be negative, and a scale begin above 0: the dot of such a value then stands
    at the left edge, as an arrow. `ends` says which ends of the whisker lie on the scale: one
    below it has no cap, since a cap at the edge would say that the interval ends there.
    """

    row: DotRow
    y_px: float
    dot_px: float | None
    whisker_px: tuple[float, float] | None
    beyond: bool
    ends: tuple[bool, bool] = (True, True)


@dataclass(frozen=True, slots=True)
class DotChart:
    """The geometry in px: the scale runs from `left_px` to `right_px`, which is 1.

    `limit_px` is where a line says what is asked for, None for no line.
    """

    width_px: int
    height_px: int
    left_px: float
    right_px: float
    bottom_px: float
    ticks: tuple[tuple[float, float], ...]
    marks: tuple[DotMark, ...]
    limit_px: float | None = None


@dataclass(frozen=True, slots=True)
class _Scale:
    start: float
    left_px: float
    right_px: float

    def place(self, value: float) -> float:
        share = (min(max(value, self.start), 1.0) - self.start) / (1 - self.start)
        return round(self.left_px + share * (self.right_px - self.left_px), 2)

    @property
    def ticks(self) -> tuple[tuple[float, float], ...]:
        """(value, place in px), evenly from the start to 1."""
        step = (1 - self.start) / (_TICKS - 1)
        values = [round(self.start + n * step, 6) for n in range(_TICKS)]
        return tuple((value, self.place(value)) for value in values)


def _mark(row: DotRow, y_px: float, scale: _Scale) -> DotMark:
    if row.value is None:
        return DotMark(row, y_px, None, None, beyond=False)
    whisker, ends = None, (True, True)
    if row.low is not None and row.high is not None:
        whisker = (scale.place(row.low), scale.place(row.high))
        ends = (row.low >= scale.start, row.high >= scale.start)
    place = scale.place(row.value)
    return DotMark(row, y_px, place, whisker, beyond=row.value < scale.start, ends=ends)


def dot_chart(
    rows: Sequence[DotRow],
    *,
    width_px: int = 640,
    row_px: int = 32,
    label_px: int = 180,
    text_px: int = 160,
    start: float = 0.0,
    limit: float | None = None,
) -> DotChart:
    """Lay out one row below the other; labels at the left, figures in words at the right.

    The scale runs from `start` to 1; a line stands at `limit`.
    """
    left, right = label_px + 8.0, width_px - text_px - 8.0
    scale = _Scale(start, left, right)
    bottom = float(len(rows) * row_px)
    return DotChart(
        width_px,
        int(bottom) + 24,
        left,
        right,
        bottom,
        scale.ticks,
        tuple(_mark(row, (i + 0.5) * row_px, scale) for i, row in enumerate(rows)),
        None if limit is None else scale.place(limit),
    )


def _axis(chart: DotChart) -> Markup:
    line = Markup('<line class="chart-grid" x1="{x}" x2="{x}" y1="0" y2="{bottom}"/>')
    tick = Markup('<text class="chart-tick" x="{x}" y="{y}" text-anchor="middle">{value:g}</text>')
    limit = Markup("")
    if chart.limit_px is not None:
        limit = Markup('<line class="chart-limit" x1="{x}" x2="{x}" y1="0" y2="{bottom}"/>').format(
            x=chart.limit_px, bottom=chart.bottom_px
        )
    grid = Markup("").join(
        line.format(x=x, bottom=chart.bottom_px)
        + tick.format(x=x, y=chart.bottom_px + 18, value=value)
        for value, x in chart.ticks
    )
    return grid + limit


def _dot(mark: DotMark) -> Markup:
    x, y = mark.dot_px, mark.y_px
    if x is None:
        return Markup("")
    if mark.beyond:
        points = f"{x - _DOT_RADIUS},{y} {x + _DOT_RADIUS},{y - _CAP} {x + _DOT_RADIUS},{y + _CAP}"
        return Markup('<polygon class="chart-beyond" points="{}"/>').format(points)
    return Markup('<circle class="chart-dot" cx="{}" cy="{}" r="{}"/>').format(x, y, _DOT_RADIUS)


def _whisker(mark: DotMark) -> Markup:
    if mark.whisker_px is None:
        return Markup("")
    (low, high), y = mark.whisker_px, mark.y_px
    caps = [
        f"M{x},{y - _CAP}V{y + _CAP}" if ends else ""
        for x, ends in zip((low, high), mark.ends, strict=True)
    ]
    path = f"{caps[0]}M{low},{y}H{high}{caps[1]}"
    return Markup('<path class="chart-whisker" d="{}" fill="none"/>').format(path)


def _row(mark: DotMark, chart: DotChart) -> Markup:
    kind = "chart-undefined" if mark.dot_px is None else "chart-value"
    text = Markup(
        '<text class="chart-label" x="{left}" y="{y}" text-anchor="end" '
        'dominant-baseline="central">{label}</text>'
        '<text class="{kind}" x="{right}" y="{y}" dominant-baseline="central">{text}</text>'
    ).format(
        left=chart.left_px - 12,
        right=chart.right_px + 12,
        y=mark.y_px,
        kind=kind,
        label=mark.row.label,
        text=mark.row.text,
    )
    return text + _whisker(mark) + _dot(mark)


def chart_svg(chart: DotChart, *, name: str, title: str) -> Markup:
    """The picture; `name` makes its ids unique on a page, `title` says what it shows."""
    described = "; ".join(f"{mark.row.label}: {mark.row.text}" for mark in chart.marks)
    head = Markup(
        '<svg class="chart" xmlns="http://www.w3.org/2000/svg" role="img" '
        'viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'aria-labelledby="{name}-title {name}-desc">'
        '<title id="{name}-title">{title}</title><desc id="{name}-desc">{described}</desc>'
    ).format(
        width=chart.width_px,
        height=chart.height_px,
        name=escape(name),
        title=title,
        described=described,
    )
    rows = Markup("").join(_row(mark, chart) for mark in chart.marks)
    return head + _axis(chart) + rows + Markup("</svg>")
