"""Keeping a picture that is shown and never judged: an example, a good part."""

from typing import BinaryIO

from labeler.core.errors import FieldError, InvalidInput
from labeler.flows.ingest import PREVIEW_WIDTHS
from labeler.flows.site import Site
from labeler.store.intake import IntakeLimits, walk_upload


def keep_picture(site: Site, name: str, stream: BinaryIO) -> tuple[str, str]:
    """(SHA-256, file name) of the uploaded picture, kept with its previews.

    Raises `InvalidInput` for what is no picture, `Unavailable`.
    """
    limits = IntakeLimits(max_file_bytes=site.settings.max_file_mb << 20)
    found = next(iter(walk_upload(name, stream, limits)), None)
    if found is None:
        raise InvalidInput("Choose a picture.", fields=[FieldError("file", "Choose a picture.")])
    with site.blobs.workspace() as folder:
        copy = found.copy_into(folder)
        facts = site.inspector.inspect(copy.path, folder, PREVIEW_WIDTHS)
        for width, preview in facts.previews.items():
            site.blobs.keep_preview(preview, copy.sha256, str(width))
        site.blobs.keep_original(copy.path, copy.sha256)
    return copy.sha256, found.name
