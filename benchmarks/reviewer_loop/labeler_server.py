"""Labeler itself with `images` made-up images and `reviewers` tokens, on SQLite.

    python labeler_server.py FOLDER PORT IMAGES REVIEWERS

Writes the tokens, one a line, to FOLDER/tokens before it serves.
"""

import sys
from pathlib import Path

import uvicorn

from benchmarks.made_project import CODE, make_project
from labeler.flows import people
from labeler.flows.site import open_site
from labeler.settings import Settings
from labeler.web.app import create_app


def main() -> None:
    folder, port, images, reviewers = Path(sys.argv[1]), *map(int, sys.argv[2:5])
    site = open_site(Settings(data=folder))
    names = make_project(site, images=images, reviewers=reviewers)
    tokens = [people.create_token(site, name)[1] for name in names]
    (folder / "tokens").write_text("\n".join([CODE, *tokens]))
    uvicorn.run(
        create_app(site), host="127.0.0.1", port=port, log_level="warning", access_log=False
    )


if __name__ == "__main__":
    main()
