"""A share over time with its limits, as SVG without any style attribute.

`lay_out` works the places out as plain numbers; `control_chart_svg` writes them down. A point
beyond its limits is a triangle that points that way, the points of a run are diamonds: the
picture reads in grey too. Looks come from the classes `control`, `control-grid`,
`control-tick`, `control-centre`, `control-limit`, `control-line`, `control-began`,
`control-point` and `control-signal`. What the picture says stands in its `<desc>` as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from markupsafe import Markup, escape

from labeler.core.control_chart import ControlChart, Point, Signal

_WIDTH, _HEIGHT = 640, 268
_LEFT, _RIGHT, _TOP, _BOTTOM = 58.0, 632.0, 24.0, 218.0
_MOST_LABELS = 12
_STEPS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25)
_MOST_STEPS = 5


@dataclass(frozen=True, slots=True)
class Placed:
    """A point with its places in px; the limits hold from `from_px` to `to_px`."""

    point: Point
    x_px: float
    y_px: float
    from_px: float
    to_px: float
    low_px: float
    high_px: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The geometry: the share `top` stands at the upper edge, 0 at the lower one."""

    top: float
    ticks: tuple[tuple[float, float], ...]
    centre_px: float
    points: tuple[Placed, ...]


def _scale(most: float) -> tuple[float, float]:
    """The upper end of the scale and the distance of its lines, for shares up to `most`."""
    step = next((s for s in _STEPS if most <= s * _MOST_STEPS), _STEPS[-1])
    return min(max(ceil(most / step - 1e-9), 1) * step, 1.0), step


def lay_out(chart: ControlChart) -> Layout:
    """Where everything stands."""
    most = max(max(p.share, p.high / p.sample.of) for p in chart.points)
    top, step = _scale(most)

    def height(share: float) -> float:
        return round(_BOTTOM - share / top * (_BOTTOM - _TOP), 2)

    wide = (_RIGHT - _LEFT) / len(chart.points)
    placed = tuple(
        Placed(
            point,
            round(_LEFT + (index + 0.5) * wide, 2),
            height(point.share),
            round(_LEFT + index * wide, 2),
            round(_LEFT + (index + 1) * wide, 2),
            height(point.low / point.sample.of),
            height(point.high / point.sample.of),
        )
        for index, point in enumerate(chart.points)
    )
    ticks = tuple((n * step, height(n * step)) for n in range(round(top / step) + 1))
    return Layout(top, ticks, height(chart.centre), placed)


def _grid(layout: Layout) -> Markup:
    line = Markup('<line class="control-grid" x1="{l}" x2="{r}" y1="{y}" y2="{y}"/>')
    text = Markup('<text class="control-tick" x="{x}" y="{y}" text-anchor="end">{t}</text>')
    return Markup("").join(
        line.format(l=_LEFT, r=_RIGHT, y=y)
        + text.format(x=_LEFT - 8, y=y + 4, t=f"{share * 100:.3g} %")
        for share, y in layout.ticks
    )


def _limits(points: Sequence[Placed]) -> Markup:
    """Steps, because each period has its own number of images."""

    def steps(places: Sequence[float]) -> str:
        parts = [f"M{points[0].from_px},{places[0]}"]
        for point, y in zip(points, places, strict=True):
            parts.append(f"V{y}H{point.to_px}")
        return "".join(parts)

    path = Markup('<path class="control-limit" d="{}" fill="none"/>')
    upper = path.format(steps([p.high_px for p in points]))
    if not any(p.point.low for p in points):
        return upper
    return upper + path.format(steps([p.low_px for p in points]))


def _line(points: Sequence[Placed]) -> Markup:
    if len(points) < 2:
        return Markup("")
    along = " ".join(f"{p.x_px},{p.y_px}" for p in points)
    return Markup('<polyline class="control-line" points="{}" fill="none"/>').format(along)


def _mark(placed: Placed) -> Markup:
    x, y, signals = placed.x_px, placed.y_px, placed.point.signals
    if Signal.ABOVE in signals:
        shape = f"{x},{y - 9} {x + 9},{y + 7} {x - 9},{y + 7}"
    elif Signal.BELOW in signals:
        shape = f"{x},{y + 9} {x + 9},{y - 7} {x - 9},{y - 7}"
    elif signals:
        shape = f"{x},{y - 8} {x + 8},{y} {x},{y + 8} {x - 8},{y}"
    else:
        return Markup('<circle class="control-point" cx="{}" cy="{}" r="4"/>').format(x, y)
    kind = "control-signal" if not signals[0].of_a_run else "control-signal run"
    return Markup('<polygon class="{}" points="{}"/>').format(kind, shape)


def _names(period: str) -> tuple[str, str]:
    """A period's name in two short lines."""
    if " " in period:
        day, _, hours = period.partition(" ")
        return day[5:], hours[:5]
    year, _, week = period.partition("-")
    return week, year


def _periods(points: Sequence[Placed]) -> Markup:
    every = ceil(len(points) / _MOST_LABELS)
    text = Markup('<text class="control-tick" x="{}" y="{}" text-anchor="middle">{}</text>')
    found = Markup("")
    for index, placed in enumerate(points):
        if (len(points) - 1 - index) % every == 0:
            upper, lower = _names(placed.point.sample.period)
            found += text.format(placed.x_px, _BOTTOM + 20, upper)
            found += text.format(placed.x_px, _BOTTOM + 37, lower)
    return found


def _began(points: Sequence[Placed], began: Mapping[str, str]) -> Markup:
    found = Markup("")
    for placed in points:
        word = began.get(placed.point.sample.period)
        if word is not None:
            found += Markup(
                '<line class="control-began" x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>'
                '<text class="control-tick" x="{x}" y="{above}" text-anchor="middle">{word}</text>'
            ).format(x=placed.from_px, top=_TOP - 6, bottom=_BOTTOM, above=_TOP - 10, word=word)
    return found


def control_chart_svg(
    chart: ControlChart, *, name: str, title: str, described: str, began: Mapping[str, str]
) -> Markup:
    """The picture; `name` makes its ids unique on a page, `began` marks periods with a word."""
    layout = lay_out(chart)
    points = layout.points
    centre = Markup('<line class="control-centre" x1="{}" x2="{}" y1="{y}" y2="{y}"/>').format(
        _LEFT, _RIGHT, y=layout.centre_px
    )
    marks = Markup("").join(_mark(placed) for placed in points)
    head = Markup(
        '<svg class="control" xmlns="http://www.w3.org/2000/svg" role="img" '
        'viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'aria-labelledby="{name}-title {name}-desc">'
        '<title id="{name}-title">{title}</title><desc id="{name}-desc">{described}</desc>'
    ).format(width=_WIDTH, height=_HEIGHT, name=escape(name), title=title, described=described)
    body = _grid(layout) + _began(points, began) + _limits(points) + centre + _line(points)
    return head + body + marks + _periods(points) + Markup("</svg>")
