"""A signed-in client per person of the cast, against the real application."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from fastapi.testclient import TestClient

from labeler.core.people import Principal
from labeler.flows import people
from labeler.flows.site import Site
from tests.cast import Cast, found, hire
from tests.served import app_of


@dataclass
class Door:
    """The application with one client per person; clients hold API tokens."""

    site: Site
    cast: Cast
    app: object

    def client(self, who: Principal | None = None) -> TestClient:
        headers = {}
        if who is not None:
            _info, secret = people.create_token(self.site, who.user_id)
            headers = {"authorization": f"Bearer {secret}"}
        return TestClient(self.app, headers=headers, base_url="http://plant.test")


@pytest.fixture
def door(site: Site) -> Door:
    found(site)
    cast = hire(site)
    return Door(site, cast, app_of(site))


def picture(seed: int = 0, size: tuple[int, int] = (120, 80), kind: str = "PNG") -> bytes:
    """A small picture of noise, different for each seed."""
    pixels = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), np.uint8)
    out = io.BytesIO()
    PIL.Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


def save_picture(path: Path, seed: int = 0) -> Path:
    path.write_bytes(picture(seed))
    return path
