"""One interval on a scale from 0 to 1, small enough for a cell of a table.

The mark's shape says where it stands (labeler/core/agreement/standing.py): a disc is good, a
diamond asks to look, a triangle to act, a ring says that there is not enough yet. Looks come
from the classes `strip`, `strip-grid`, `strip-limit`, `strip-tick`, `strip-whisker` and
`strip-mark` with the standing's own. The words stand in the cells beside it.
"""

from markupsafe import Markup

from labeler.core.agreement.standing import GOOD_FROM, POOR_BELOW, Standing
from labeler.core.agreement.values import Estimate, Figure

WIDTH_PX, HEIGHT_PX, _EDGE_PX = 260, 30, 12
_TICKS = (0.0, 0.5, 1.0)


def place(value: float) -> float:
    """Where a value stands, in px from the left; what lies below 0 stands at 0."""
    inside = min(max(value, 0.0), 1.0)
    return round(_EDGE_PX + inside * (WIDTH_PX - 2 * _EDGE_PX), 2)


def _line(kind: str, value: float, top: float, bottom: float) -> Markup:
    x = place(value)
    return Markup('<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
        kind, x, x, top, bottom
    )


def _mark(standing: Standing, x: float, y: float) -> Markup:
    kind = f"strip-mark {standing}"
    if standing is Standing.LOOK:
        points = f"{x},{y - 8} {x + 8},{y} {x},{y + 8} {x - 8},{y}"
        return Markup('<polygon class="{}" points="{}"/>').format(kind, points)
    if standing is Standing.ACT:
        points = f"{x},{y - 8} {x + 8},{y + 7} {x - 8},{y + 7}"
        return Markup('<polygon class="{}" points="{}"/>').format(kind, points)
    return Markup('<circle class="{}" cx="{}" cy="{}" r="6.5"/>').format(kind, x, y)


def _frame(height_px: int, inside: Markup) -> Markup:
    return Markup(
        '<svg class="strip" xmlns="http://www.w3.org/2000/svg" aria-hidden="true" '
        'viewBox="0 0 {w} {h}" width="{w}" height="{h}">{inside}</svg>'
    ).format(w=WIDTH_PX, h=height_px, inside=inside)


def interval_strip(figure: Figure, standing: Standing) -> Markup:
    """The interval as a line with the value's mark on it; only the scale where undefined."""
    middle = HEIGHT_PX / 2
    grid = Markup("").join(_line("strip-grid", tick, 0, HEIGHT_PX) for tick in _TICKS)
    limits = Markup("").join(
        _line("strip-limit", limit, 0, HEIGHT_PX) for limit in (POOR_BELOW, GOOD_FROM)
    )
    if not isinstance(figure, Estimate):
        return _frame(HEIGHT_PX, grid + limits)
    whisker = Markup("")
    if figure.low is not None and figure.high is not None:
        low, high = place(figure.low), place(figure.high)
        whisker = Markup('<path class="strip-whisker" d="M{},{}V{}M{},{}H{}M{},{}V{}"/>').format(
            low, middle - 5, middle + 5, low, middle, high, high, middle - 5, middle + 5
        )
    return _frame(HEIGHT_PX, grid + limits + whisker + _mark(standing, place(figure.value), middle))


def strip_scale() -> Markup:
    """The scale that stands over a column of strips: its ends, and the two limits."""
    labels = Markup("").join(
        Markup('<text class="strip-tick" x="{}" y="14" text-anchor="middle">{}</text>').format(
            place(value), text
        )
        for value, text in ((0, "0"), (POOR_BELOW, ".40"), (GOOD_FROM, ".75"), (1, "1"))
    )
    return _frame(18, labels)
