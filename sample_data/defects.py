"""What goes wrong with a part: scratches, bubbles and discoloration, drawn into its surface."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from sample_data.surfaces import Map, Surface, disc, noise, smooth


@dataclass(frozen=True, slots=True)
class Fault:
    """One defect on a part: `trace` (row, column) is 0–1 on the canvas, above 0.5 where it shows.

    `faint` 0–1 says how easily an eye passes over it; a `decoy` lies below the standard's limits.
    """

    defect_type: str
    severity: int
    trace: Map
    faint: float
    decoy: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """A defect to draw: severity 1–3, and where its middle lies as shares of width and height."""

    defect_type: str
    severity: int
    x: float
    y: float
    borderline: bool = False
    decoy: bool = False


def draw(random: np.random.Generator, surface: Surface, wish: Wish, *, metal: bool) -> Fault:
    """Put the wished defect into the surface and say where it is."""
    rows, columns = surface.gloss.shape
    x, y = wish.x * columns, wish.y * rows
    artist = {"scratch": _scratch, "bubble": _bubbles, "discoloration": _tint}[wish.defect_type]
    trace = artist(random, surface, wish, x, y, metal=metal)
    faint = {1: 0.30, 2: 0.10, 3: 0.02}[wish.severity] + (0.40 if wish.borderline else 0)
    return Fault(wish.defect_type, wish.severity, trace, faint, wish.decoy)


def _path(random: np.random.Generator, x: float, y: float, length: float) -> Map:
    """Points (x, y) every half px along a slightly bent line through (x, y)."""
    angle = random.choice([random.uniform(0.35, 1.2), random.uniform(1.9, 2.8)])
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    t = np.linspace(-0.5, 0.5, max(int(2 * length), 8))[:, None]
    bend = random.uniform(-0.14, 0.14) * length
    tremor = ndimage.gaussian_filter1d(random.standard_normal(len(t)), 25)[:, None] * 2.2
    hook = random.uniform(-0.05, 0.05) * length * (2 * np.abs(t)) ** 5
    line = np.array([x, y]) + t * length * along + ((0.25 - t**2) * bend + tremor + hook) * across
    return line.astype(np.float32)


def _groove(
    surface: Surface, line: Map, width: float, bite: Map, bright: float, *, metal: bool
) -> Map:
    """Cut one groove along `line`, `bite` deep point by point; where it shows."""
    rows, columns = surface.gloss.shape
    low = np.maximum(np.floor(line.min(0)).astype(int) - 12, 0)
    high = np.minimum(np.ceil(line.max(0)).astype(int) + 12, [columns, rows])
    here = (slice(low[1], high[1]), slice(low[0], high[0]))
    r, c = np.mgrid[here]
    points = np.stack([c, r], -1).astype(np.float32)
    _, nearest = cKDTree(line).query(points)
    tangent = np.gradient(line, axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-6)
    offset = points - line[nearest]
    t = tangent[nearest]
    across = -offset[..., 0] * t[..., 1] + offset[..., 1] * t[..., 0]
    beyond = np.abs(offset[..., 0] * t[..., 0] + offset[..., 1] * t[..., 1])
    depth = bite[nearest] * np.exp(-((beyond / 1.2) ** 2))
    wall = across / width * np.exp(-0.5 * (across / width) ** 2) * 1.65 * depth
    surface.slope_x[here] += -wall * t[..., 1]
    surface.slope_y[here] += wall * t[..., 0]
    core = depth * np.exp(-0.5 * (across / (0.8 * width)) ** 2)
    # Torn material scatters: it whitens plastic, and breaks the sheen of brushed steel.
    burr = depth * np.exp(-0.5 * ((np.abs(across) - 1.7 * width) / (0.6 * width)) ** 2)
    floor = 0.62 if metal else 0.72
    surface.albedo[here] += (bright * core)[..., None] * (floor - surface.albedo[here])
    if metal:
        surface.albedo[here] *= (1 - 0.55 * (1 - bright) * core)[..., None]
        surface.gloss[here] *= 1 - 0.7 * core
    surface.albedo[here] *= (1 + 0.4 * burr)[..., None]
    trace = np.zeros((rows, columns), np.float32)
    trace[here] = np.where(
        (np.abs(across) < width + 1) & (beyond < 2) & (bite[nearest] > 0.12), 1, 0
    )
    return trace


def _scratch(
    random: np.random.Generator, surface: Surface, wish: Wish, x: float, y: float, *, metal: bool
) -> Map:
    level = wish.severity
    length = random.uniform(*((60, 120), (130, 220), (230, 360))[level - 1])
    depth = (0.60, 0.95, 1.35)[level - 1] * (0.55 if wish.borderline else 1)
    width = (0.50, 0.65, 0.85)[level - 1]
    if wish.decoy:
        length, depth, width = random.uniform(14, 19), 0.45, 0.6
    bright = random.uniform(0.25, 0.55) if metal else random.uniform(0.30, 0.5)
    main = _path(random, x, y, length)
    trace = np.zeros(surface.gloss.shape, np.float32)
    for strand in range(1 if level == 1 else level):
        part = main
        if strand:
            cut = sorted(random.choice(len(main), 2, replace=False))
            part = main[cut[0] : max(cut[1], cut[0] + 40)] + random.uniform(-6, 6, 2)
        share = 1.0 if strand == 0 else random.uniform(0.35, 0.6)
        s = np.linspace(0, 1, len(part))
        taper = np.clip(np.minimum(s / 0.12, (1 - s) / 0.3), 0, 1) ** 0.7
        skip = ndimage.gaussian_filter1d(random.standard_normal(len(part)), 18) * 18**0.5 * 1.9
        bite = depth * share * taper * np.clip(1 + 0.45 * skip, 0.1, 1.5)
        one = _groove(
            surface, part.astype(np.float32), width * share**0.3, bite.astype(np.float32),
            bright * min(depth, 1), metal=metal,
        )  # fmt: skip
        trace = np.maximum(trace, one)
    return trace


def _bubbles(
    random: np.random.Generator, surface: Surface, wish: Wish, x: float, y: float, *, metal: bool
) -> Map:
    radius = random.uniform(*((5.5, 7.5), (9.5, 15.0))[wish.severity - 1])
    if wish.borderline:
        radius = 4.6
    if wish.decoy:
        radius = 2.2
    blisters = [(x, y, radius)]
    for _ in range(random.integers(0, 3) if wish.severity == 2 and not wish.decoy else 0):
        turn = random.uniform(0, 2 * np.pi)
        reach = radius * random.uniform(1.7, 2.6)
        blisters.append(
            (x + reach * np.cos(turn), y + reach * np.sin(turn), radius * random.uniform(0.35, 0.6))
        )
    trace = np.zeros(surface.gloss.shape, np.float32)
    for cx, cy, size in blisters:
        warp = 0.05 * size * noise(random, trace.shape, max(size, 3))
        depth = disc(trace.shape, cx, cy, size) + warp
        dome = np.clip(depth / size, 0, 1)
        height = 0.42 * size * (1 - (1 - dome) ** 2) ** 1.15 * (0.75 if wish.borderline else 1)
        # The skin over a bubble is stretched smooth: grain fades and gloss rises.
        calm = np.clip(depth / 3, 0, 1) * 0.8
        surface.slope_x *= 1 - calm
        surface.slope_y *= 1 - calm
        surface.raise_by(smooth(height.astype(np.float32), 0.6))
        surface.gloss *= 1 + calm * (0.15 if metal else 4.0)
        crease = np.exp(-(((depth + 0.6) / 1.3) ** 2))
        surface.albedo *= (1 - 0.32 * crease)[..., None]
        trace = np.maximum(trace, (depth > -1.2).astype(np.float32))
    return trace


def _tint(
    random: np.random.Generator, surface: Surface, wish: Wish, x: float, y: float, *, metal: bool
) -> Map:
    level = wish.severity
    reach = random.uniform(*((46, 62), (60, 85), (85, 120))[level - 1])
    amount = (0.34, 0.62, 0.95)[level - 1] * (0.6 if wish.borderline else 1)
    if wish.decoy:
        reach, amount = 26, 0.16
    shape = surface.gloss.shape
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    turn, flat = random.uniform(0, np.pi), random.uniform(0.55, 0.9)
    u = (columns - x) * np.cos(turn) + (rows - y) * np.sin(turn)
    v = (rows - y) * np.cos(turn) - (columns - x) * np.sin(turn)
    away = np.hypot(u, v / flat) / reach + 0.16 * noise(random, shape, reach / 3)
    cloud = smooth(np.clip(1.25 - away, 0, 1).astype(np.float32), reach / 9)
    cloud = amount * cloud * (1 + 0.10 * noise(random, shape, reach / 6)) * surface.inside
    cloud = np.clip(cloud, 0, 1)
    surface.albedo *= _heat_colours(cloud) if metal else _stain(cloud, dark=_is_dark(surface))
    return (cloud > 0.33 * cloud.max()).astype(np.float32)


def _is_dark(surface: Surface) -> bool:
    return float(np.median(surface.albedo[surface.inside > 0.5])) < 0.12


def _heat_colours(cloud: Map) -> Map:
    """Factors (row, column, RGB) of an oxide film growing: straw, brown, violet, blue."""
    stops = np.array([0, 0.25, 0.5, 0.75, 1.0])
    factors = np.array(
        [[1, 1, 1], [0.98, 0.90, 0.72], [0.86, 0.66, 0.42], [0.60, 0.44, 0.50], [0.42, 0.50, 0.70]]
    )
    return np.stack([np.interp(cloud, stops, factors[:, c]) for c in range(3)], -1).astype(
        np.float32
    )


def _stain(cloud: Map, *, dark: bool) -> Map:
    """Factors (row, column, RGB) of scorched resin: brown on light resins, a grey bloom on dark."""
    far = np.array([1.9, 1.75, 1.55] if dark else [0.72, 0.52, 0.27], np.float32)
    return 1 + cloud[..., None] * (far - 1)
