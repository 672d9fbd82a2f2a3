"""A shelf: values in a temporary file instead of in memory."""

import os
import pickle
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, overload

T = TypeVar("T")


class _Pickler(pickle.Pickler):
    """Writes a frozen dataclass as a call with its fields.

    By itself it would come back field by field through Python code, which takes twice as long.
    """

    def reducer_override(self, value: Any) -> Any:
        fields = getattr(type(value), "__dataclass_fields__", None)
        if fields is None:
            return NotImplemented
        return type(value), tuple(getattr(value, name) for name in fields)


class Shelf(Sequence[T]):
    """Values laid aside one after another, each read anew when it is asked for.

    Costs eight bytes of memory per value. The file has no name, lies in `folder` and is gone
    when the shelf is closed. For one thread.
    """

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`
        self._ends = array("q", [0])
        self._waits = False

    def append(self, value: T) -> None:
        """Lay one more value aside."""
        text = BytesIO()
        _Pickler(text, pickle.HIGHEST_PROTOCOL).dump(value)
        self._ends.append(self._ends[-1] + self._file.write(text.getbuffer()))
        self._waits = True

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...
    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        place = range(len(self))[place]
        if self._waits:
            self._file.flush()
            self._waits = False
        begin, end = self._ends[place], self._ends[place + 1]
        value: T = pickle.loads(os.pread(self._file.fileno(), end - begin, begin))  # noqa: S301 - nobody else can write into this file
        return value

    def __iter__(self) -> Iterator[T]:
        return (self[place] for place in range(len(self)))

    def close(self) -> None:
        """Give the file up."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()
