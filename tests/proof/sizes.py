"""How large each proof runs: small by default, larger by `PROOF_*` in the environment.

`make prove` sets the full sizes and runs the same tests (see `figures.py`).
"""

import os

FULL = {
    "PROOF_KILLS": 60,
    "PROOF_KILL_REVIEWS": 550,
    "PROOF_CLAIM_STORIES": 1_500,
    "PROOF_CLAIM_STEPS": 60,
    "PROOF_CLAIM_DEEDS": 100_000,
    "PROOF_FUZZ_CASES": 400,
    "PROOF_MUTATIONS": 10_000,
    "PROOF_EVENTS": 1_000_000,
    "PROOF_TABLES": 1_000,
    "PROOF_STUDIES": 1_500,
    "PROOF_AUDITS": 3_000,
}


def _number(name: str, small: float) -> float:
    return float(os.environ.get(name, small))


KILLS = int(_number("PROOF_KILLS", 2))
"""kill -9 of the server, per database."""
KILL_REVIEWS = int(_number("PROOF_KILL_REVIEWS", 80))
"""Acknowledged reviews before a kill, at most."""
CLAIM_STORIES = int(_number("PROOF_CLAIM_STORIES", 50))
"""Stories that hypothesis makes up about claiming."""
CLAIM_STEPS = int(_number("PROOF_CLAIM_STEPS", 50))
"""Steps of each such story, at most."""
CLAIM_DEEDS = int(_number("PROOF_CLAIM_DEEDS", 10_000))
"""Claims, submits, withdrawals and expiries of the threaded run, on SQLite."""
FUZZ_CASES = int(_number("PROOF_FUZZ_CASES", 4))
"""Made-up requests per route and role."""
MUTATIONS = int(_number("PROOF_MUTATIONS", 10_000))
"""Forged audit chains."""
EVENTS = int(_number("PROOF_EVENTS", 20_000))
"""Length of the audit chain that is verified against the clock."""
AUDITS = int(_number("PROOF_AUDITS", 150))
"""Simulated audits per scene."""
TABLES = int(_number("PROOF_TABLES", 200))
"""Random tables of ratings that other libraries measure too."""
STUDIES = int(_number("PROOF_STUDIES", 4))
"""Simulated studies per scene, whose intervals are held against the truth."""
