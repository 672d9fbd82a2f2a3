"""`annotations/labels.csv`: a row per file × defect type, readable by anything."""

import csv
import io
from collections.abc import Iterator, Sequence

from labeler.core.datasets.rendered import RenderedFile
from labeler.core.datasets.selection import SettledImage

COLUMNS = (
    "file", "image", "split", "defect_type", "label", "severity", "source",
    "n_present", "n_absent", "n_unsure",
)  # fmt: skip


def escaped(cell: object) -> str:
    """The cell so that no spreadsheet takes it for a formula (OWASP, CSV injection).

    >>> escaped("=1+1"), escaped("scratch")
    ("'=1+1", 'scratch')
    """
    text = "" if cell is None else str(cell)
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def header() -> str:
    """The first line."""
    return _line(COLUMNS)


def rows(file: RenderedFile, image: SettledImage) -> Iterator[str]:
    """The lines of one file, defect types sorted by code; the files come in order of paths."""
    for label in sorted(image.labels, key=lambda one: one.defect_type):
        yield _line(
            (
                file.planned.path,
                image.image,
                file.planned.split.value,
                label.defect_type,
                label.verdict.value,
                label.severity,
                label.source.value,
                label.n_present,
                label.n_absent,
                label.n_unsure,
            )
        )


def _line(cells: Sequence[object]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow([escaped(cell) for cell in cells])
    return buffer.getvalue()
