"""Two days of two lines: which parts there are, what is wrong with them, which pictures exist."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import numpy as np

from sample_data.defects import Wish

SEOUL = timezone(timedelta(hours=9))


@dataclass(frozen=True, slots=True)
class Product:
    """A kind of part and the station that photographs it; `resin` None is brushed steel."""

    name: str
    line: str
    station: str
    width_px: int
    height_px: int
    resin: str | None
    exposure: float
    press_temperature_c: float


@dataclass(frozen=True, slots=True)
class Unit:
    """One part: its serial number, its faults and its pictures, one letter each.

    a, b, c: colour JPEG. w: WebP. m: 16-bit gray PNG. t: 16-bit gray TIFF. g: 8-bit gray PNG.
    r, l: a JPEG stored lying on its side, as a camera turned right or left writes it (EXIF).
    f: a colour JPEG badly out of focus.
    """

    number: int
    serial: str
    lot: str
    product: Product
    shots: str
    wishes: tuple[Wish, ...]


_PLATE = Product("plate", "line-1", "line-1-top", 960, 720, None, 1.05, 41.5)
_DARK = Product("housing", "line-2", "line-2-top", 960, 720, "charcoal", 2.1, 62.0)
_GREY = Product("housing", "line-2", "line-2-top", 960, 720, "grey", 1.25, 60.5)
_COVER = Product("cover", "line-2", "line-2-top", 720, 960, "ivory", 1.0, 63.5)

_LOTS = (("P1116A", _PLATE), ("P1116B", _PLATE), ("P1117A", _PLATE), ("P1117B", _PLATE),
         ("H1116A", _DARK), ("C1116A", _COVER), ("H1117A", _GREY), ("C1117A", _COVER))  # fmt: skip

# Lot, serial, shots, then faults as type:severity@x,y with ~ for borderline, ! for a mark
# below the standard's limits. x and y are shares of the canvas.
_UNITS = """
P1116A 0401 abm
P1116A 0402 abm   scratch:2@.38,.48
P1116A 0403 ab
P1116A 0404 ab    scratch:1!@.62,.52
P1116B 0411 ab    discoloration:2@.66,.36
P1116B 0412 abw
P1116B 0413 abm   scratch:1~@.55,.62
P1116B 0414 ab
P1117A 0421 ab    scratch:3@.40,.52 bubble:1@.70,.40
P1117A 0422 abt
P1117A 0423 abm   bubble:2@.60,.58
P1117A 0424 ab    discoloration:1!@.35,.60
P1117A 0425 a
P1117B 0431 abm   discoloration:1~@.36,.42
P1117B 0432 abg
P1117B 0433 ab
P1117B 0434 abt
H1116A 1101 ab
H1116A 1102 ab    bubble:1@.42,.58
H1116A 1103 ab    scratch:2@.45,.45
H1116A 1104 ab
H1116A 1105 ab    bubble:1!@.60,.62
C1116A 1201 ab
C1116A 1202 ab    discoloration:3@.62,.58
C1116A 1203 ar
C1116A 1204 ab    bubble:1~@.40,.48
C1116A 1205 al
H1117A 1301 ab
H1117A 1302 ab    scratch:1~@.36,.40 discoloration:1@.58,.66
H1117A 1303 ab
H1117A 1304 ab    discoloration:2@.44,.50
C1117A 1401 ra
C1117A 1402 ar    scratch:2@.42,.52 bubble:2@.66,.46
C1117A 1403 ab
C1117A 1404 af
C1117A 1405 ab    bubble:1@.58,.64
"""


def _wish(text: str) -> Wish:
    kind, _, place = text.partition("@")
    defect_type, _, level = kind.partition(":")
    x, y = place.split(",")
    return Wish(defect_type, int(level[0]), float(x), float(y), "~" in level, "!" in level)


def units() -> list[Unit]:
    """All parts, in the order of the plan."""
    products = dict(_LOTS)
    found = []
    for number, line in enumerate(_UNITS.split("\n")[1:-1]):
        lot, serial, shots, *faults = line.split()
        wishes = tuple(_wish(f) for f in faults)
        found.append(Unit(number, serial, lot, products[lot], shots, wishes))
    return found


_ENDINGS = {"w": "webp", "m": "png", "t": "tif", "g": "png"}


def files(unit: Unit) -> Iterator[tuple[str, str]]:
    """(shot, path below sample_data/) for each picture of the part."""
    for shot in unit.shots:
        ending = _ENDINGS.get(shot, "jpg")
        yield shot, f"images/{unit.product.name}-{unit.serial}-{shot}.{ending}"


def golden(unit: Unit) -> str:
    """The good part that this one is held against: the first of its product and colour."""
    first = next(u for u in units() if u.product == unit.product)
    return next(path for _, path in files(first))


def manifest_rows(seed: int) -> list[dict[str, str]]:
    """The rows of manifest.csv."""
    rows = []
    for unit in units():
        random = np.random.default_rng([seed, unit.number, 90])
        day = int(unit.lot[3:5])
        start = datetime(2026, 11, day, 8, 30, tzinfo=SEOUL)
        same_lot = [u.serial for u in units() if u.lot == unit.lot]
        hours = 0 if unit.lot.endswith("A") else 4
        minute = 6 * same_lot.index(unit.serial) + int(random.integers(0, 4))
        at = start + timedelta(hours=hours, minutes=minute, seconds=int(random.integers(0, 60)))
        heat = unit.product.press_temperature_c + random.normal(0, 0.9)
        for place, (_, path) in enumerate(files(unit)):
            good = golden(unit)
            rows.append({
                "file": path, "lot": unit.lot, "unit": f"{unit.product.name}-{unit.serial}",
                "line": unit.product.line, "station": unit.product.station,
                "captured_at": (at + timedelta(seconds=2 * place)).isoformat(),
                "golden": "" if good == path or path.endswith((".png", ".tif")) else good,
                "press_temperature_c": f"{heat:.1f}",
            })  # fmt: skip
    return rows
