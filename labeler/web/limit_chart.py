"""Figures with their intervals before the zones of their acceptance limits, as SVG.

Without any style attribute; looks come from the classes `limit-chart`, `limit-zone` with
`good`, `marginal` or `poor`, `limit-name`, `limit-edge`, `limit-tick`, `limit-label`,
`limit-text`, `limit-whisker` and `limit-dot`. What the picture says is also said in words,
in its `<desc>`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from labeler.web.charts import DotRow

_ROW_PX, _HEAD_PX, _FOOT_PX = 26, 22, 20
_WIDTH_PX, _LABEL_PX, _TEXT_PX = 680, 110, 190
_DOT_RADIUS, _CAP = 5, 4
# Narrower than this a zone's name would run into its neighbour's.
_NAME_PX = 58


@dataclass(frozen=True, slots=True)
class Zone:
    """From `low` to `high` on the scale the figure is `kind`; `name` says it in words."""

    kind: str
    name: str
    low: float
    high: float


def _nice_top(value: float) -> float:
    """The end of a scale from 0: the next of a few round shares."""
    return next((top for top in (0.1, 0.2, 0.3, 0.5, 0.75) if value <= top), 1.0)


def scale_top(rows: Sequence[DotRow], limit: float) -> float:
    """Where a scale from 0 may end: above every interval and the last limit."""
    ends = [row.high if row.high is not None else row.value for row in rows]
    return _nice_top(max([limit * 1.5, *(end for end in ends if end is not None)]))


def limit_chart(
    rows: Sequence[DotRow],
    zones: Sequence[Zone],
    *,
    name: str,
    title: str,
    scale: tuple[float, float] = (0.0, 1.0),
) -> Markup:
    """The picture; `name` makes its ids unique on a page, `title` says what it shows."""
    left, right = float(_LABEL_PX), float(_WIDTH_PX - _TEXT_PX)
    bottom = float(_HEAD_PX + len(rows) * _ROW_PX)

    def place(value: float) -> float:
        share = (value - scale[0]) / (scale[1] - scale[0])
        return round(left + min(max(share, 0.0), 1.0) * (right - left), 2)

    described = "; ".join(f"{row.label}: {row.text}" for row in rows)
    parts = [
        Markup(
            '<svg class="limit-chart" xmlns="http://www.w3.org/2000/svg" role="img" '
            'viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            'aria-labelledby="{name}-title {name}-desc">'
            '<title id="{name}-title">{title}</title><desc id="{name}-desc">{described}</desc>'
        ).format(
            width=_WIDTH_PX,
            height=int(bottom) + _FOOT_PX,
            name=escape(name),
            title=title,
            described=described,
        )
    ]
    parts += [_zone(zone, place(zone.low), place(zone.high), bottom) for zone in zones]
    parts.append(_ticks(scale, bottom, [place(one) for one in _tick_values(scale)]))
    for index, row in enumerate(rows):
        y = _HEAD_PX + (index + 0.5) * _ROW_PX
        dot = None if row.value is None else place(row.value)
        ends = None
        if row.low is not None and row.high is not None:
            ends = (place(row.low), place(row.high))
        parts.append(_row(row, y, left, right, dot, ends))
    return Markup("").join([*parts, Markup("</svg>")])


def _zone(zone: Zone, x: float, end: float, bottom: float) -> Markup:
    if end <= x:
        return Markup("")
    found = Markup(
        '<rect class="limit-zone {kind}" x="{x}" y="{top}" width="{width}" height="{height}"/>'
        '<line class="limit-edge" x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>'
    ).format(
        kind=zone.kind, x=x, top=_HEAD_PX, width=round(end - x, 2), height=bottom - _HEAD_PX,
        bottom=bottom,
    )  # fmt: skip
    if end - x >= _NAME_PX:
        found += Markup(
            '<text class="limit-name" x="{x}" y="{y}" text-anchor="middle">{name}</text>'
        ).format(x=round((x + end) / 2, 2), y=_HEAD_PX - 7, name=zone.name)
    return found


def _tick_values(scale: tuple[float, float]) -> list[float]:
    step = (scale[1] - scale[0]) / 5
    return [round(scale[0] + n * step, 6) for n in range(6)]


def _ticks(scale: tuple[float, float], bottom: float, places: Sequence[float]) -> Markup:
    tick = Markup('<text class="limit-tick" x="{x}" y="{y}" text-anchor="middle">{text}</text>')
    return Markup("").join(
        tick.format(x=x, y=bottom + 15, text=f"{100 * value:g} %")
        for value, x in zip(_tick_values(scale), places, strict=True)
    )


def _row(
    row: DotRow, y: float, left: float, right: float, dot: float | None,
    ends: tuple[float, float] | None,
) -> Markup:  # fmt: skip
    found = Markup(
        '<text class="limit-label" x="{left}" y="{y}" text-anchor="end" '
        'dominant-baseline="central">{label}</text>'
        '<text class="limit-text" x="{right}" y="{y}" dominant-baseline="central">{text}</text>'
    ).format(left=left - 10, right=right + 12, y=y, label=row.label, text=row.text)
    if ends is not None:
        low, high = ends
        path = f"M{low},{y - _CAP}V{y + _CAP}M{low},{y}H{high}M{high},{y - _CAP}V{y + _CAP}"
        found += Markup('<path class="limit-whisker" d="{}" fill="none"/>').format(path)
    if dot is not None:
        found += Markup('<circle class="limit-dot" cx="{}" cy="{}" r="{}"/>').format(
            dot, y, _DOT_RADIUS
        )
    return found
