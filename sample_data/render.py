"""Draw the sample pictures and write their tables; run from the repository's root.

    python -m sample_data.render                 everything, in its place
    python -m sample_data.render --out DIR       everything, elsewhere
    python -m sample_data.render --only PART …   only pictures whose path contains PART, no tables

The same seed gives the same pictures: every part, picture and review has its own generator.
"""

import argparse
import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from sample_data import plan
from sample_data.camera import View, bar_lamps, colour_picture, mono_picture, place, ring_lamps
from sample_data.defects import Fault, draw
from sample_data.examples import with_pictures
from sample_data.reviewers import Sight, review_rows
from sample_data.surfaces import Surface, cover, dust, plate

SEED = 20261116
_ORIENTATION = 0x0112
_QUALITY = {"plate": 68, "housing": 74, "cover": 74}


def build(unit: plan.Unit, seed: int) -> tuple[Surface, list[Fault]]:
    """The part as the line made it."""
    random = np.random.default_rng([seed, unit.number])
    product = unit.product
    if product.resin is None:
        surface = plate(random, product.width_px, product.height_px, unit.serial)
    else:
        surface = cover(random, product.width_px, product.height_px, unit.serial, product.resin)
    faults = [draw(random, surface, w, metal=product.resin is None) for w in unit.wishes]
    dust(random, surface)
    return surface, faults


def view_of(
    random: np.random.Generator, unit: plan.Unit, shot: str, surface: Surface, faults: list[Fault]
) -> View:
    """How this picture is taken: the first squarely, the next ones shifted, turned, relit."""
    product, later = unit.product, unit.shots.index(shot) > 0
    lamps = bar_lamps(random) if product.resin is None else ring_lamps(random)
    near = shot in "mtg"
    shift = random.normal(0, (22, 16) if later else (9, 7))
    if near:
        shift = _towards(surface, faults) + random.normal(0, 25, 2)
    white = random.normal(1, 0.012, 3) * (1.0, 1.0, 1.03 if product.line == "line-2" else 0.98)
    return View(
        width_px=480 if near else product.width_px,
        height_px=360 if near else product.height_px,
        shift=(float(shift[0]), float(shift[1])),
        turn_deg=float(random.normal(0, 2.2 if later else 0.7)),
        zoom=float(random.uniform(0.985, 1.02)),
        exposure=product.exposure * float(random.uniform(*(0.72, 1.18) if later else (0.95, 1.05))),
        blur_px=7.5 if shot == "f" else float(random.uniform(0.55, 0.95)),
        lamps=lamps,
        # The gray camera looks through a dome, which evens out the brushing.
        ambient=0.55 if near else 0.18,
        gain=float(random.uniform(0.9, 1.5)) * (1.4 if later else 1.0),
        white=(float(white[0]), float(white[1]), float(white[2])),
    )  # fmt: skip


def _towards(surface: Surface, faults: list[Fault]) -> np.ndarray:
    """The shift (x, y) that centres the first fault, else the code on the part."""
    rows, columns = surface.gloss.shape
    if not faults:
        return np.array([-180.0, -150.0])
    r, c = np.nonzero(faults[0].trace > 0.5)
    return np.array([columns / 2 - c.mean(), rows / 2 - r.mean()])


def sights_of(faults: list[Fault], view: View, *, gray: bool) -> list[Sight]:
    """The faults that lie on the picture, large enough to be seen."""
    found = []
    for fault in faults:
        trace = place(fault.trace, view) > 0.5
        if trace.sum() >= 12:
            # A tint without its colour is harder to see.
            extra = 0.15 if gray and fault.defect_type == "discoloration" else 0
            found.append(
                Sight(fault.defect_type, fault.severity, fault.faint + extra, fault.decoy, trace)
            )
    return found


def save(pixels: np.ndarray, path: Path, shot: str, quality: int) -> None:
    """Write the picture as its camera would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if shot in "rl":
        exif[_ORIENTATION] = 6 if shot == "r" else 8
        pixels = np.rot90(pixels, 1 if shot == "r" else -1)
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    if shot == "t":
        picture.save(path, compression="tiff_adobe_deflate")
    elif shot in "mg":
        picture.save(path, optimize=True)
    elif shot == "w":
        picture.save(path, quality=quality, method=6)
    else:
        picture.save(path, quality=quality, optimize=True, subsampling="4:2:0", exif=exif)


def _eight_bits(levels: np.ndarray) -> np.ndarray:
    low, high = np.percentile(levels, (0.5, 99.8))
    return np.clip((levels - low) / (high - low) * 245 + 5, 0, 255).astype(np.uint8)


def render(
    unit: plan.Unit, out: Path, seed: int, wanted: Iterable[str]
) -> list[tuple[str, list[Sight]]]:
    """Draw the wanted pictures of one part into `out`; (file, what can be seen on it)."""
    surface, faults = build(unit, seed)
    found = []
    for place_in_unit, (shot, file) in enumerate(plan.files(unit)):
        if file not in wanted:
            continue
        random = np.random.default_rng([seed, unit.number, 1 + place_in_unit])
        view = view_of(random, unit, shot, surface, faults)
        if shot in "mtg":
            pixels = mono_picture(random, surface, view)
            pixels = _eight_bits(pixels) if shot == "g" else pixels
        else:
            pixels = colour_picture(random, surface, view)
        save(pixels, out / file, shot, _QUALITY[unit.product.name])
        found.append((file, sights_of(faults, view, gray=shot in "mtg")))
    return found


def truth_rows(seen: Sequence[tuple[str, list[Sight]]]) -> list[dict[str, str]]:
    """The rows of truth.csv: what was drawn, by the standard; marks below its limits are none."""
    names = ("x", "y", "width", "height")
    return [
        {"file": file, "defect_type": s.defect_type, "severity": str(s.severity)}
        | {name: str(value) for name, value in zip(names, s.box, strict=True)}
        for file, sights in seen
        for s in sights
        if not s.decoy
    ]


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description="Draw the sample pictures.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", nargs="*", default=[], help="parts of the paths to draw")
    given = parser.parse_args()
    seen = []
    for unit in plan.units():
        paths = [path for _, path in plan.files(unit)]
        wanted = [p for p in paths if not given.only or any(part in p for part in given.only)]
        if wanted:
            seen += render(unit, given.out, given.seed, wanted)
            print(unit.serial, *wanted)
    if not given.only:
        _write(given.out / "manifest.csv", plan.manifest_rows(given.seed))
        _write(given.out / "truth.csv", truth_rows(seen))
        _write(given.out / "reviews.csv", review_rows(seen, given.seed))
        text = (Path(__file__).parent / "standard.toml").read_text("utf-8")
        (given.out / "standard.toml").write_text(with_pictures(text, given.out), "utf-8")


if __name__ == "__main__":
    main()
