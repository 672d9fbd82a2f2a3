"""The recipe: what somebody asks of an export, checked and with every default filled in."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from labeler.core.errors import FieldError, InvalidInput, NotBuilt
from labeler.core.terms import Source


class Split(StrEnum):
    """The three parts of a data set, in their order."""

    TRAIN = "train"
    VAL = "val"
    TEST = "test"


class BalanceStrategy(StrEnum):
    """How often defects shall be seen in training."""

    NONE = "none"
    EQUALIZE = "equalize"
    TARGET = "target"


class OnFail(StrEnum):
    """What an export does when the quality of its labels is not shown."""

    REFUSE = "refuse"
    MARK = "mark"


class FileFormat(StrEnum):
    """How image files are written; `original` keeps the bytes where it can."""

    ORIGINAL = "original"
    PNG = "png"
    JPEG = "jpeg"


@dataclass(frozen=True, slots=True)
class ImageSettings:
    """`max_side_px` shrinks the longer side to it; `quality` is JPEG's, 1 to 100."""

    max_side_px: int | None = None
    format: FileFormat = FileFormat.ORIGINAL
    quality: int = 95


@dataclass(frozen=True, slots=True)
class BalanceSettings:
    """`target`: images with each defect type that `train` shall show, for one or for all.

    `max_copies_per_image` counts copies beside the original. `max_ok` keeps at most so many
    OK images in `train`; None keeps all.
    """

    strategy: BalanceStrategy = BalanceStrategy.NONE
    target: int | Mapping[str, int] | None = None
    max_copies_per_image: int = 4
    max_ok: int | None = None


@dataclass(frozen=True, slots=True)
class AugmentSettings:
    """`per_defect_type`: transforms that must not touch images where the type is present.

    `copies_per_image` says how many variants each image of `train` gets when no balance
    decides it.
    """

    preset: str = "none"
    per_defect_type: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    copies_per_image: int = 1


@dataclass(frozen=True, slots=True)
class GateSettings:
    """Precision and recall of the labels must each be shown ≥ `min` at confidence `level`."""

    min: float = 0.95
    level: float = 0.95
    on_fail: OnFail = OnFail.MARK


DEFAULT_SHARES = {Split.TRAIN: 0.7, Split.VAL: 0.15, Split.TEST: 0.15}


@dataclass(frozen=True, slots=True)
class Recipe:
    """One export's wishes. The same recipe gives the same `document`, hence the same bytes."""

    formats: tuple[str, ...] = ("coco", "csv")
    splits: Mapping[Split, float] = field(default_factory=lambda: dict(DEFAULT_SHARES))
    group_by: tuple[str, ...] = ("unit",)
    near_duplicates: bool = True
    seed: int = 0
    images: ImageSettings = field(default_factory=ImageSettings)
    balance: BalanceSettings = field(default_factory=BalanceSettings)
    augment: AugmentSettings = field(default_factory=AugmentSettings)
    sources: tuple[Source, ...] = tuple(Source)
    gate: GateSettings = field(default_factory=GateSettings)

    def document(self) -> dict[str, object]:
        """The recipe as plain JSON with every default; `parse_recipe` reads it back."""
        target = self.balance.target
        return {
            "formats": list(self.formats),
            "splits": {split.value: self.splits[split] for split in Split},
            "group_by": list(self.group_by),
            "near_duplicates": self.near_duplicates,
            "seed": self.seed,
            "images": {
                "max_side_px": self.images.max_side_px,
                "format": self.images.format.value,
                "quality": self.images.quality,
            },
            "balance": {
                "strategy": self.balance.strategy.value,
                "target": dict(sorted(target.items())) if isinstance(target, Mapping) else target,
                "max_copies_per_image": self.balance.max_copies_per_image,
                "max_ok": self.balance.max_ok,
            },
            "augment": {
                "preset": self.augment.preset,
                "per_defect_type": {
                    code: {"forbid": list(names)}
                    for code, names in sorted(self.augment.per_defect_type.items())
                },
                "copies_per_image": self.augment.copies_per_image,
            },
            "include": {"sources": [source.value for source in self.sources]},
            "gate": {
                "min": self.gate.min,
                "level": self.gate.level,
                "on_fail": self.gate.on_fail.value,
            },
        }


_BUILT_FORMATS = ("coco", "csv")
_LATER_FORMATS = ("huggingface", "masks", "mvtec", "parquet", "voc", "webdataset", "yolo")
_BUILT_PRESETS = ("none", "surface")
_KEYS = {
    "formats", "splits", "group_by", "near_duplicates", "seed", "images", "balance", "augment",
    "include", "gate", "share",
}  # fmt: skip
_MAX_SEED = 2**63 - 1
_MAX_COPIES = 50
_MAX_SIDE_PX = 16_384


class _Reader:
    """Reads values out of tables and collects every fault with its place."""

    def __init__(self) -> None:
        self.faults: list[FieldError] = []
        self.unbuilt: list[FieldError] = []

    def fault(self, path: str, message: str, **values: object) -> None:
        self.faults.append(FieldError.filled(path, message, **values))

    def later(self, path: str, message: str, **values: object) -> None:
        self.unbuilt.append(FieldError.filled(path, message, **values))

    def table(self, raw: object, path: str, known: set[str]) -> Mapping[str, object]:
        if raw is None:
            return {}
        if not isinstance(raw, Mapping):
            self.fault(path, "Give a table of keys and values.")
            return {}
        inside = f"{path}." if path else ""
        for key in sorted(str(key) for key in set(raw) - known):
            self.fault(inside + key, "This key is not known; see the documentation.")
        return raw

    def whole(self, raw: object, path: str, low: int, high: int, default: int) -> int:
        if raw is None:
            return default
        if isinstance(raw, bool) or not isinstance(raw, int) or not low <= raw <= high:
            self.fault(path, "Give a whole number from {low} to {high}.", low=low, high=high)
            return default
        return raw

    def share(self, raw: object, path: str, default: float) -> float:
        if raw is None:
            return default
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 <= raw <= 1:
            self.fault(path, "Give a share from 0 to 1.")
            return default
        return float(raw)

    def word(self, raw: object, path: str, words: Sequence[str], default: str) -> str:
        if raw is None:
            return default
        if raw not in words:
            self.fault(path, "Give one of: {words}.", words=", ".join(words))
            return default
        return str(raw)

    def words(self, raw: object, path: str, default: tuple[str, ...]) -> tuple[str, ...]:
        if raw is None:
            return default
        if isinstance(raw, str):
            raw = [raw]
        if not isinstance(raw, Sequence) or not all(isinstance(w, str) and w for w in raw):
            self.fault(path, "Give a list of words.")
            return default
        return tuple(dict.fromkeys(raw))


def _formats(reader: _Reader, raw: object) -> tuple[str, ...]:
    names = reader.words(raw, "formats", _BUILT_FORMATS)
    if not names:
        reader.fault("formats", "Give at least one format.")
    for name in names:
        if name in _LATER_FORMATS:
            reader.later("formats", "This version does not build {format} yet.", format=name)
        elif name not in _BUILT_FORMATS:
            reader.fault("formats", "Give one of: {words}.", words=", ".join(_BUILT_FORMATS))
    return tuple(sorted(names))


def _splits(reader: _Reader, raw: object) -> dict[Split, float]:
    if raw is None:
        return dict(DEFAULT_SHARES)
    if isinstance(raw, Sequence) and not isinstance(raw, str) and len(raw) == len(Split):
        raw = dict(zip(Split, raw, strict=True))
    table = reader.table(raw, "splits", set(Split))
    shares = {split: reader.share(table.get(split), f"splits.{split}", 0.0) for split in Split}
    if not math.isclose(sum(shares.values()), 1, abs_tol=1e-6):
        reader.fault("splits", "The shares of train, val and test add up to 1.")
    return shares


def _images(reader: _Reader, raw: object) -> ImageSettings:
    table = reader.table(raw, "images", {"max_side_px", "format", "quality"})
    side = table.get("max_side_px")
    return ImageSettings(
        None if side is None else reader.whole(side, "images.max_side_px", 16, _MAX_SIDE_PX, 16),
        FileFormat(reader.word(table.get("format"), "images.format", list(FileFormat), "original")),
        reader.whole(table.get("quality"), "images.quality", 1, 100, 95),
    )


def _target(reader: _Reader, raw: object) -> int | dict[str, int] | None:
    if raw is None:
        return None
    if isinstance(raw, Mapping):
        return {
            str(code): reader.whole(count, f"balance.target.{code}", 0, 10**7, 0)
            for code, count in raw.items()
        }
    return reader.whole(raw, "balance.target", 0, 10**7, 0)


def _balance(reader: _Reader, raw: object) -> BalanceSettings:
    known = {"strategy", "target", "max_copies_per_image", "max_ok"}
    table = reader.table(raw, "balance", known)
    strategy = BalanceStrategy(
        reader.word(table.get("strategy"), "balance.strategy", list(BalanceStrategy), "none")
    )
    target = _target(reader, table.get("target"))
    if strategy is BalanceStrategy.TARGET and target is None:
        reader.fault("balance.target", "Say how many images each defect type shall have.")
    if strategy is not BalanceStrategy.TARGET and target is not None:
        reader.fault("balance.target", "A target needs the strategy target.")
    copies, ok = table.get("max_copies_per_image"), table.get("max_ok")
    return BalanceSettings(
        strategy,
        target,
        reader.whole(copies, "balance.max_copies_per_image", 0, _MAX_COPIES, 4),
        None if ok is None else reader.whole(ok, "balance.max_ok", 0, 10**7, 0),
    )


def _forbidden(reader: _Reader, raw: object) -> dict[str, tuple[str, ...]]:
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        reader.fault("augment.per_defect_type", "Give a table of defect types.")
        return {}
    found = {}
    for code, value in raw.items():
        path = f"augment.per_defect_type.{code}"
        whole = isinstance(value, Mapping)
        names = reader.table(value, path, {"forbid"}).get("forbid") if whole else value
        found[str(code)] = tuple(sorted(reader.words(names, path, ())))
    return found


def _augment(reader: _Reader, raw: object) -> AugmentSettings:
    known = {"preset", "per_defect_type", "copies_per_image"}
    table = reader.table(raw, "augment", known)
    preset = table.get("preset", "none")
    if not isinstance(preset, str):
        reader.fault("augment.preset", "Give one of: {words}.", words=", ".join(_BUILT_PRESETS))
    elif preset not in _BUILT_PRESETS:
        reader.later(
            "augment.preset",
            "This version does not build this preset yet; it has: {presets}.",
            presets=", ".join(_BUILT_PRESETS),
        )
    return AugmentSettings(
        str(preset),
        _forbidden(reader, table.get("per_defect_type")),
        reader.whole(table.get("copies_per_image"), "augment.copies_per_image", 1, _MAX_COPIES, 1),
    )


def _sources(reader: _Reader, raw: object) -> tuple[Source, ...]:
    table = reader.table(raw, "include", {"sources"})
    names = reader.words(table.get("sources"), "include.sources", tuple(Source))
    if not names or not set(names) <= set(Source):
        reader.fault("include.sources", "Give some of: {words}.", words=", ".join(Source))
        return tuple(Source)
    return tuple(source for source in Source if source in names)


def _gate(reader: _Reader, raw: object) -> GateSettings:
    table = reader.table(raw, "gate", {"min", "level", "on_fail"})
    found = GateSettings(
        reader.share(table.get("min"), "gate.min", 0.95),
        reader.share(table.get("level"), "gate.level", 0.95),
        OnFail(reader.word(table.get("on_fail"), "gate.on_fail", list(OnFail), "mark")),
    )
    if not 0 < found.min < 1:
        reader.fault("gate.min", "Give a share above 0 and below 1: certainty cannot be shown.")
    if not 0 < found.level < 1:
        reader.fault("gate.level", "Give a share above 0 and below 1.")
    return found


def parse_recipe(document: Mapping[str, object]) -> Recipe:
    """Read a recipe from its TOML or JSON form; `{}` is valid.

    Raises `InvalidInput` that lists every fault with its place, else `NotBuilt` that names
    what the contract knows and this version does not build.
    """
    reader = _Reader()
    raw = reader.table(document, "", _KEYS)
    near = raw.get("near_duplicates", True)
    if not isinstance(near, bool):
        reader.fault("near_duplicates", "Give true or false.")
    if raw.get("share") is not None:
        reader.later("share", "This version does not build shared exports yet.")
    recipe = Recipe(
        formats=_formats(reader, raw.get("formats")),
        splits=_splits(reader, raw.get("splits")),
        group_by=tuple(sorted(reader.words(raw.get("group_by"), "group_by", ("unit",)))),
        near_duplicates=bool(near),
        seed=reader.whole(raw.get("seed"), "seed", 0, _MAX_SEED, 0),
        images=_images(reader, raw.get("images")),
        balance=_balance(reader, raw.get("balance")),
        augment=_augment(reader, raw.get("augment")),
        sources=_sources(reader, raw.get("include")),
        gate=_gate(reader, raw.get("gate")),
    )
    if reader.faults:
        raise InvalidInput("The recipe has faults.", fields=[*reader.faults, *reader.unbuilt])
    if reader.unbuilt:
        raise NotBuilt(
            "The recipe asks for what is not built yet: {keys}",
            fields=reader.unbuilt,
            keys=", ".join(dict.fromkeys(fault.path for fault in reader.unbuilt)),
        )
    return recipe
