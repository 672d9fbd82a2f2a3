"""Parts without a fault: brushed plates and moulded covers, as relief and reflectance.

Lengths are px at 0.1 mm per px. Arrays have the axes (row, column) unless said otherwise.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Map = NDArray[np.float32]
MARGIN_PX = 70


@dataclass(slots=True)
class Surface:
    """What the light meets, on a canvas that is `MARGIN_PX` wider than the picture all round.

    `albedo` (row, column, RGB) is linear reflectance 0–1; `slope_x`, `slope_y` are dz/dx and
    dz/dy; `gloss` weighs the mirror-like share; `inside` is 1 on the part and 0 beside it.
    `spread` is the width of the highlight along x and y (tangent of the half angle).
    """

    albedo: Map
    slope_x: Map
    slope_y: Map
    gloss: Map
    inside: Map
    spread: tuple[float, float]

    def raise_by(self, relief: Map) -> None:
        """Add a relief in px to the surface."""
        dy, dx = np.gradient(relief)
        self.slope_x += dx
        self.slope_y += dy


def smooth(field: Map, sigma_px: float | tuple[float, float]) -> Map:
    """Gaussian blur; `sigma_px` for both axes or (row, column)."""
    pair = sigma_px if isinstance(sigma_px, tuple) else (sigma_px, sigma_px)
    for axis, sigma in enumerate(pair):
        if sigma <= 12:
            field = ndimage.gaussian_filter1d(field, sigma, axis, truncate=3)
            continue
        # Three boxes of width 2 σ have the same variance and cost the same for every σ.
        for _ in range(3):
            field = ndimage.uniform_filter1d(field, round(2 * sigma), axis)
    return np.asarray(field, np.float32)


def noise(
    random: np.random.Generator, shape: tuple[int, int], sigma_px: float | tuple[float, float]
) -> Map:
    """Gaussian noise of unit variance, correlated over about `sigma_px`."""
    field = smooth(random.standard_normal(shape, dtype=np.float32), sigma_px)
    return field / max(float(field.std()), 1e-6)


def rounded_box(
    shape: tuple[int, int], box: tuple[float, float, float, float], radius: float
) -> Map:
    """Depth in px inside a rounded rectangle (left, top, right, bottom); negative outside."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    left, top, right, bottom = box
    across = np.abs(columns - (left + right) / 2) - (right - left) / 2 + radius
    down = np.abs(rows - (top + bottom) / 2) - (bottom - top) / 2 + radius
    outer = np.hypot(np.maximum(across, 0), np.maximum(down, 0))
    return (radius - outer - np.minimum(np.maximum(across, down), 0)).astype(np.float32)


def disc(shape: tuple[int, int], x: float, y: float, radius: float) -> Map:
    """Depth in px inside a circle; negative outside."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    return (radius - np.hypot(columns - x, rows - y)).astype(np.float32)


def soft(depth: Map, width_px: float = 1.0) -> Map:
    """Cover 0–1 of a shape from its depth, with an edge `width_px` wide."""
    return np.clip(depth / width_px + 0.5, 0, 1).astype(np.float32)


def fillet(depth: Map, radius: float) -> Map:
    """Height of a rounded edge: 0 at the outline, `radius` from that depth on."""
    run = 1 - np.clip(depth / radius, 0, 1)
    return (radius * np.sqrt(np.maximum(1 - run**2, 0))).astype(np.float32)


# Rows of a 5 × 7 dot font, one bit per dot, as a dot-peening marker strikes them.
_DIGITS = (
    "14.17.19.21.25.17.14", "4.12.4.4.4.4.14", "14.17.1.2.4.8.31", "31.2.4.2.1.17.14",
    "2.6.10.18.31.2.2", "31.16.30.1.1.17.14", "6.8.16.30.17.17.14", "31.1.2.4.8.8.8",
    "14.17.17.14.17.17.14", "14.17.17.15.1.2.12",
)  # fmt: skip


def dots(text: str, x: float, y: float, pitch: float) -> list[tuple[float, float]]:
    """Centres (x, y) of the dots that write the digits of `text` from (x, y) on."""
    found = []
    for place, digit in enumerate(text):
        for row, bits in enumerate(_DIGITS[int(digit)].split(".")):
            found += [
                (x + (place * 6 + column) * pitch, y + row * pitch)
                for column in range(5)
                if int(bits) >> (4 - column) & 1
            ]
    return found


def dot_code(
    random: np.random.Generator, x: float, y: float, pitch: float
) -> list[tuple[float, float]]:
    """Centres of a square dot code of 14 modules with its solid and its dashed border."""
    cells = random.random((14, 14)) < 0.5
    cells[:, 0] = cells[13] = True
    cells[0], cells[:, 13] = np.arange(14) % 2 == 0, np.arange(14) % 2 == 1
    return [(x + c * pitch, y + r * pitch) for r, c in zip(*np.nonzero(cells), strict=True)]


def stamp(shape: tuple[int, int], centres: list[tuple[float, float]], radius: float) -> Map:
    """1 at each centre, falling off over `radius`."""
    field = np.zeros(shape, np.float32)
    for x, y in centres:
        reach = int(3 * radius) + 1
        rows = slice(max(int(y) - reach, 0), int(y) + reach + 1)
        columns = slice(max(int(x) - reach, 0), int(x) + reach + 1)
        r, c = np.mgrid[rows, columns].astype(np.float32)
        field[rows, columns] += np.exp(-((c - x) ** 2 + (r - y) ** 2) / (2 * radius**2))
    return np.minimum(field, 1)


def _table(random: np.random.Generator, shape: tuple[int, int], tone: Map) -> Surface:
    """The fixture beside the part, out of focus because it lies deeper."""
    mottle = 1 + 0.035 * noise(random, shape, 3) + 0.09 * noise(random, shape, 60)
    albedo = np.clip(mottle[..., None] * tone, 0, 1).astype(np.float32)
    flat = np.zeros(shape, np.float32)
    return Surface(albedo, flat.copy(), flat.copy(), flat.copy() + 0.04, flat.copy(), (0.5, 0.5))


def _lay(table: Surface, depth: Map, rgb: Map, gloss: float) -> Map:
    """Put a part of this outline on the table with its contact shadow; its cover 0–1."""
    inside = soft(depth, 1.4)
    shadow = 1 - 0.75 * smooth(np.roll(inside, (9, 5), (0, 1)), 11)
    table.albedo *= np.maximum(shadow, 0.15)[..., None]
    table.albedo += inside[..., None] * (rgb - table.albedo)
    table.gloss += inside * (gloss - table.gloss)
    table.inside = inside
    return inside


def _cut(surface: Surface, depth: Map, tone: float, countersink: float = 0) -> None:
    """A hole through the part: dark, with a chamfer of this width round it."""
    if countersink:
        ring = np.clip(countersink - np.maximum(-depth, 0), 0, countersink)
        surface.raise_by(smooth(-0.8 * ring, 0.8) * (depth < countersink + 4))
    hole = soft(depth, 1.6)
    shade = tone * (1 + 1.5 * soft(depth - 5, 14))
    surface.albedo += hole[..., None] * (shade[..., None] - surface.albedo)
    for field in (surface.gloss, surface.slope_x, surface.slope_y, surface.inside):
        np.multiply(field, 1 - hole, out=field)
    rim = np.exp(-(((depth + 1.5) / 1.8) ** 2))
    surface.albedo *= (1 - 0.25 * rim)[..., None]


def plate(random: np.random.Generator, width: int, height: int, serial: str) -> Surface:
    """A brushed steel plate with four countersunk holes, a slot and a dot-peened code."""
    shape = (height + 2 * MARGIN_PX, width + 2 * MARGIN_PX)
    rows, columns = shape
    surface = _table(random, shape, np.array([0.030, 0.032, 0.036], np.float32))
    box = (MARGIN_PX + 34, MARGIN_PX + 30, columns - MARGIN_PX - 34, rows - MARGIN_PX - 30)
    depth = rounded_box(shape, box, 26)
    steel = np.array([0.60, 0.585, 0.56], np.float32) * random.uniform(0.96, 1.04)
    inside = _lay(surface, depth, steel, 1.0)
    surface.spread = (0.20, 0.62)
    # Brushing: grooves of many lengths, all along x; the long ones set the streaks.
    grooves = sum(
        weight * noise(random, shape, (across, along))
        for weight, across, along in (
            (0.8, 0.4, 25),
            (0.9, 0.4, 110),
            (0.5, 0.9, 200),
            (0.25, 5, 400),
        )
    )
    surface.albedo *= (1 + inside * (0.052 * grooves + 0.02 * noise(random, shape, 90)))[..., None]
    surface.slope_x += inside * 0.040 * noise(random, shape, (0.4, 16))
    surface.slope_y += inside * 0.18 * noise(random, shape, (0.4, 60))
    surface.gloss *= 1 + inside * np.clip(0.10 * noise(random, shape, (0.8, 90)), -0.4, 0.4)
    surface.raise_by(0.55 * fillet(depth, 5) * inside)
    for x in (box[0] + 58, box[2] - 58):
        for y in (box[1] + 54, box[3] - 54):
            _cut(surface, disc(shape, x, y, 17), 0.012, 9)
    middle = (box[0] + box[2]) / 2
    _cut(
        surface,
        rounded_box(shape, (middle - 74, box[1] + 46, middle + 74, box[1] + 74), 14),
        0.012,
        3,
    )
    x, y = box[2] - 258, box[3] - 76
    marks = dots(serial, x, y + 10, 4.2) + dot_code(random, x + 112, y, 3.4)
    struck = stamp(
        shape, [(a + random.normal(0, 0.25), b + random.normal(0, 0.25)) for a, b in marks], 1.15
    )
    surface.raise_by(-0.9 * struck)
    surface.albedo *= (1 - 0.45 * struck)[..., None]
    return surface


RESINS = {
    "charcoal": np.array([0.050, 0.052, 0.056], np.float32),
    "ivory": np.array([0.66, 0.63, 0.55], np.float32),
    "grey": np.array([0.34, 0.36, 0.375], np.float32),
}


def cover(random: np.random.Generator, width: int, height: int, serial: str, resin: str) -> Surface:
    """A moulded cover: rounded edge, eroded grain, raised frame, slots, bosses and its gate."""
    shape = (height + 2 * MARGIN_PX, width + 2 * MARGIN_PX)
    rows, columns = shape
    mat = np.array([0.19, 0.2, 0.195] if resin == "charcoal" else [0.05, 0.06, 0.08], np.float32)
    surface = _table(random, shape, mat)
    box = (MARGIN_PX + 40, MARGIN_PX + 40, columns - MARGIN_PX - 40, rows - MARGIN_PX - 40)
    depth = rounded_box(shape, box, 46)
    gloss = {"charcoal": 0.085, "ivory": 0.13, "grey": 0.11}[resin]
    inside = _lay(surface, depth, RESINS[resin], gloss)
    surface.spread = (0.30, 0.30)
    grain = 0.7 * noise(random, shape, 1.1) + 0.5 * noise(random, shape, 2.2)
    step = rounded_box(shape, (box[0] + 62, box[1] + 62, box[2] - 62, box[3] - 62), 30)
    polished = smooth(soft(step - 4, 6), 1.5)
    surface.raise_by(inside * grain * (0.14 - 0.05 * polished))
    surface.raise_by(inside * 2.6 * noise(random, shape, 70))
    surface.raise_by(1.0 * fillet(depth, 20) * inside)
    surface.raise_by(-smooth(np.clip(step, 0, 6).astype(np.float32), 1.2) * 0.9)
    surface.albedo *= (1 + inside * 0.018 * noise(random, shape, 40))[..., None]
    if width > height:
        _landscape_features(surface, box)
    else:
        _portrait_features(surface, box)
    raised = stamp(shape, dots(serial, (box[0] + box[2]) / 2 - 54, box[3] - 122, 4.6), 2.0)
    surface.raise_by(smooth(np.minimum(2.2 * raised, 1.3), 0.5))
    _gate(random, surface, (box[0] + box[2]) / 2, box[1] + 34)
    return surface


def _landscape_features(surface: Surface, box: tuple[float, float, float, float]) -> None:
    shape = surface.gloss.shape
    x = box[2] - 270
    for place in range(7):
        left = x + place * 24
        _cut(
            surface, rounded_box(shape, (left, box[1] + 120, left + 10, box[1] + 270), 5), 0.008, 2
        )
    for y in (box[1] + 110, box[3] - 110):
        _boss(surface, box[0] + 112, y)


def _portrait_features(surface: Surface, box: tuple[float, float, float, float]) -> None:
    shape = surface.gloss.shape
    middle = (box[0] + box[2]) / 2
    window = (middle - 150, box[1] + 130, middle + 150, box[1] + 270)
    _cut(surface, rounded_box(shape, window, 18), 0.010, 6)
    for x in (box[0] + 112, box[2] - 112):
        _boss(surface, x, box[3] - 250)


def _boss(surface: Surface, x: float, y: float) -> None:
    """A screw boss: a raised ring with a blind hole."""
    depth = disc(surface.gloss.shape, x, y, 30)
    surface.raise_by(smooth(fillet(depth, 7), 0.8))
    _cut(surface, disc(surface.gloss.shape, x, y, 11), 0.012, 3)


def dust(random: np.random.Generator, surface: Surface) -> None:
    """A few specks, as on any part that was not just cleaned."""
    rows, columns = surface.gloss.shape
    for _ in range(random.integers(3, 9)):
        x, y = random.uniform(0.1, 0.9) * columns, random.uniform(0.1, 0.9) * rows
        speck = stamp((rows, columns), [(x, y)], random.uniform(0.5, 0.9)) * surface.inside
        tone = random.choice([0.05, 0.55])
        surface.albedo += (0.55 * speck)[..., None] * (tone - surface.albedo)
        surface.gloss *= 1 - 0.7 * speck


def _gate(random: np.random.Generator, surface: Surface, x: float, y: float) -> None:
    """Where the melt came in: a torn nub, stress whitening round it and flow lines."""
    shape = surface.gloss.shape
    scar = soft(disc(shape, x, y, 9), 2)
    surface.raise_by(scar * (1.2 + 0.6 * noise(random, shape, 1.6)))
    halo = np.exp(-((np.maximum(-disc(shape, x, y, 9), 0) / 22) ** 2))
    surface.albedo += (0.014 * halo * surface.inside)[..., None] * (1 - surface.albedo)
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    away = np.hypot(columns - x, rows - y)
    waves = np.sin(away / 13 + 1.5 * noise(random, shape, 50)) * np.exp(-away / 160)
    surface.albedo *= (1 + 0.02 * waves * surface.inside)[..., None]
