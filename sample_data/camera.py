"""From a lit part to the picture of an industrial camera."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from sample_data.surfaces import Map, Surface, smooth

Lamp = tuple[float, float, float, float]  # x, y, z in px from the middle of the picture; power


@dataclass(frozen=True, slots=True)
class View:
    """How the part lies under the camera, and how the camera is set, for one picture."""

    width_px: int
    height_px: int
    shift: tuple[float, float]
    turn_deg: float
    zoom: float
    exposure: float
    blur_px: float
    lamps: tuple[Lamp, ...]
    ambient: float
    gain: float
    white: tuple[float, float, float]


def bar_lamps(random: np.random.Generator) -> tuple[Lamp, ...]:
    """A bar light standing on the right, a little unlike each time."""
    x = 260 + random.normal(0, 35)
    return tuple((x, y, 1500.0, 0.2 * (1 - 0.0002 * abs(y))) for y in (-700, -350, 0, 350, 700))


def ring_lamps(random: np.random.Generator) -> tuple[Lamp, ...]:
    """A ring light, stronger at the upper left, with its segments ageing unevenly."""
    turns = np.arange(8) * np.pi / 4 + 0.2
    power = (1 + 0.85 * np.cos(turns + 2.2)) * random.uniform(0.9, 1.1, 8) / 8
    return tuple(
        (float(820 * np.cos(t)), float(820 * np.sin(t)), 1050.0, float(p))
        for t, p in zip(turns, power, strict=True)
    )


def place(field: Map, view: View, order: int = 1) -> Map:
    """What the camera sees of a map on the canvas, at the picture's size."""
    turn = np.deg2rad(view.turn_deg)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) / view.zoom
    middle = (np.array(field.shape) - 1) / 2
    target = (np.array([view.height_px, view.width_px]) - 1) / 2
    offset = middle - matrix @ (target + np.array(view.shift[::-1]))
    seen = ndimage.affine_transform(
        field, matrix, offset, (view.height_px, view.width_px), order=order, mode="nearest"
    )
    return np.asarray(seen, np.float32)


def shade(surface: Surface, view: View) -> Map:
    """Light reaching the lens, (row, column, RGB), for a pin-sharp lens without falloff."""
    albedo = np.stack([place(surface.albedo[..., c], view) for c in range(3)], -1)
    sx, sy, gloss = (place(f, view) for f in (surface.slope_x, surface.slope_y, surface.gloss))
    turn = np.deg2rad(view.turn_deg)
    sx, sy = sx * np.cos(turn) + sy * np.sin(turn), sy * np.cos(turn) - sx * np.sin(turn)
    y, x = np.mgrid[0 : view.height_px, 0 : view.width_px].astype(np.float32)
    x, y = x - view.width_px / 2, y - view.height_px / 2
    # The eye: 2400 px above the middle, as a 25 mm lens looks at a part of this size.
    to_eye = _unit(-x, -y, np.full_like(x, 2400.0))
    diffuse, mirror = np.zeros_like(x), np.zeros_like(x)
    lean = 1 / np.sqrt(1 + sx**2 + sy**2)
    for lx, ly, lz, power in view.lamps:
        to_lamp = _unit(lx - x, ly - y, np.full_like(x, lz))
        faced = np.maximum((-sx * to_lamp[0] - sy * to_lamp[1] + to_lamp[2]) * lean, 0)
        diffuse += power * faced
        hx, hy, hz = (a + b for a, b in zip(to_lamp, to_eye, strict=True))
        # Ward's lobe on the slopes: how far the half vector leans from the facet.
        tx, ty = hx / hz + sx, hy / hz + sy
        lobe = (tx / surface.spread[0]) ** 2 + (ty / surface.spread[1]) ** 2
        mirror += power * np.exp(-lobe)
    metal = surface.spread[0] != surface.spread[1]
    if metal:
        return albedo * (view.ambient + 0.28 * diffuse + 0.95 * gloss * mirror)[..., None]
    return albedo * (view.ambient + 0.85 * diffuse)[..., None] + (gloss * mirror)[..., None]


def _unit(x: Map, y: Map, z: Map) -> tuple[Map, Map, Map]:
    length = np.sqrt(x**2 + y**2 + z**2)
    return x / length, y / length, z / length


def _lens(light: Map, view: View) -> Map:
    """Falloff towards the corners, a veil of stray light, and blur that grows off the axis."""
    height, width = light.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    radius = np.hypot((x - width * 0.51) / width, (y - height * 0.49) / width)
    light = light / (1 + 0.75 * radius**2)[..., None] ** 2
    near = np.stack([smooth(light[..., c], view.blur_px) for c in range(3)], -1)
    far = np.stack([smooth(light[..., c], view.blur_px * 1.6) for c in range(3)], -1)
    share = np.clip(radius * 1.7 - 0.35, 0, 1)[..., None]
    veil = light.mean((0, 1)) * 0.015
    return (near + share * (far - near) + veil).astype(np.float32)


def _expose(random: np.random.Generator, signal: Map, gain: float) -> Map:
    """Shot, read and row noise on a signal where 1 is full well."""
    spread = np.sqrt(np.maximum(signal, 0) * 0.00011 + 0.0016**2) * gain
    row = random.normal(0, 0.0005 * gain, (signal.shape[0], 1))
    return (signal + spread * random.standard_normal(signal.shape, np.float32) + row).astype(
        np.float32
    )


def _demosaic(raw: Map) -> Map:
    """Bilinear colours (row, column, RGB) from an RGGB mosaic, as simple cameras do it."""
    sites = np.zeros((*raw.shape, 3), np.float32)
    sites[0::2, 0::2, 0] = sites[0::2, 1::2, 1] = sites[1::2, 0::2, 1] = sites[1::2, 1::2, 2] = 1
    kernel = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], np.float32)
    planes = []
    for c in range(3):
        total = ndimage.convolve(raw * sites[..., c], kernel, mode="mirror")
        planes.append(total / ndimage.convolve(sites[..., c], kernel, mode="mirror"))
    return np.stack(planes, -1).astype(np.float32)


def colour_picture(random: np.random.Generator, surface: Surface, view: View) -> np.ndarray:
    """An 8-bit picture (row, column, RGB)."""
    light = _lens(shade(surface, view), view) * view.exposure
    sensed = light * np.array([0.80, 1.0, 0.72], np.float32)
    mosaic = np.empty(sensed.shape[:2], np.float32)
    for r, c, band in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        mosaic[r::2, c::2] = sensed[r::2, c::2, band]
    raw = np.clip(_expose(random, mosaic, view.gain), 0, 1)
    rgb = (
        _demosaic(raw) / np.array([0.80, 1.0, 0.72], np.float32) * np.array(view.white, np.float32)
    )
    tone = np.where(
        rgb > 0.0031308, 1.055 * np.maximum(rgb, 1e-6) ** (1 / 2.4) - 0.055, 12.92 * rgb
    )
    sharp = np.stack(
        [
            tone[..., c] + 0.45 * (tone[..., c] - smooth(tone[..., c].astype(np.float32), 1.1))
            for c in range(3)
        ],
        -1,
    )
    return np.clip(np.rint(sharp * 255), 0, 255).astype(np.uint8)


def mono_picture(random: np.random.Generator, surface: Surface, view: View) -> np.ndarray:
    """A 16-bit picture (row, column) of a 12-bit camera: levels from about 60 to 4095 at most."""
    light = _lens(shade(surface, view), view).mean(2) * view.exposure
    raw = _expose(random, light * 0.6, view.gain)
    hot = random.random(raw.shape) < 0.00003
    levels = 64 + np.maximum(raw, -0.01) * 4031 + hot * random.uniform(200, 900, raw.shape)
    return np.clip(np.rint(levels), 0, 4095).astype(np.uint16)
