"""The agreement pages of a large project, and a large table beside well-known libraries.

    python -m benchmarks.bench_agreement [--images 1000000] [--reviewers 3] [--types 8]
        [--rounds 9] [--few 2] [--only page|table]

The pages (agreement, reviewers, trend): from the database to the last byte of their HTML, the
first time in a process, again, after one review more, and with everything counted anew. The
table: the same judgements as CSV through `labeler agreement --csv`, reading included, beside
krippendorff, statsmodels and scikit-learn, which get ready-made matrices and a plain bootstrap
of items around them, timed on `--few` replicates and multiplied. 20,000 images take twenty
seconds.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.agreement.made_reviews import (
    CANNOT_TELL,
    Said,
    answers,
    make_reviewed,
    write_table,
)
from benchmarks.made_project import STANDARD
from labeler.flows.site import open_site
from labeler.settings import Settings

REPLICATES = 2000
LIBRARIES = ("krippendorff", "statsmodels", "sklearn")


def program(module: str, *words: str) -> dict:
    """Run a program of ours in a process of its own; the JSON that it prints."""
    command = [sys.executable, "-m", f"benchmarks.agreement.{module}", *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def page(said: Said, given: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = open_site(Settings(data=Path(folder)))
        made = make_reviewed(site, said, per_unit=given.per_unit)
        site.close()
        size = sum(file.stat().st_size for file in Path(folder).iterdir()) / 2**20
        found = program("page_program", folder, str(given.rounds), made.reviewers[-1].name)
    print(
        f"the pages, from {size:,.0f} MiB of SQLite to HTML, the first of {found['bytes']:,} bytes"
    )
    for address, times in found["pages"].items():
        print(f" {address}")
        for name, key in (
            ("first in a process", "first"),
            ("everything counted anew", "anew"),
            ("after one review more", "after_one"),
            ("again, nothing new", "again"),
        ):
            spent, used = times[key]
            print(f"  {name:26} {spent:9.3f} s, {used:7.3f} s of processor")
        print(f"  worst after one review     {times['worst_s']:9.3f} s of {given.rounds} times")
        for name, at in (("", 0), (" (processor)", 1)):
            ratio = times["anew"][at] / times["after_one"][at]
            print(f"  anew : after one review    {ratio:9.0f}{name}")
    print(f"  the same bytes either way   {'yes' if found['same_pages'] else 'NO':>9}")
    print(f"  peak memory                 {found['peak_mib']:9.0f} MiB, "
          f"{found['idle_mib']:.0f} before the first page")  # fmt: skip


def timed(*words: str) -> tuple[float, dict, str]:
    """Seconds, what the process says it used, and the output of the command line."""
    command = [sys.executable, "-m", "benchmarks.agreement.cli_program", *words]
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return time.perf_counter() - begun, json.loads(done.stderr.splitlines()[-1]), done.stdout


def table(said: Said, given: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file, matrices = Path(folder) / "ratings.csv", Path(folder) / "matrices.npy"
        write_table(file, said)
        lines, size = said.size, file.stat().st_size / 2**20
        words = ("agreement", "--csv", str(file), "--json", "--replicates")
        spent, used, printed = timed(*words, str(REPLICATES))
        bare, without, _ = timed(*words, "0")
        print(f"the table, {lines:,} lines of CSV, {size:,.0f} MiB, reading included")
        print(f"  labeler agreement --csv --replicates {REPLICATES}")
        for name, took, told in (
            ("all statistics and pairs", spent, used),
            ("without intervals", bare, without),
        ):
            print(f"  {name:26} {took:9.1f} s, {told['processor_s']:7.1f} s of processor")
        print(f"  peak memory                {used['peak_mib']:9.0f} MiB")
        missing = [name for name in LIBRARIES if find_spec(name) is None]
        if missing:
            print(f"  not installed, so not beside it: {', '.join(missing)}")
            return
        codes = np.where(said == CANNOT_TELL, -1, said).transpose(2, 0, 1)
        np.save(matrices, np.ascontiguousarray(codes))
        found = program("library_program", str(matrices), str(given.few), str(REPLICATES))
        peak_mib = found.pop("peak_mib")
        ours = json.loads(printed)["defect_types"]
        print(f"  one coefficient each; {REPLICATES} bootstrap rounds reckoned from {given.few}")
        for name, one in found.items():
            once, drawn = one["once_s"], one["bootstrap_s"]
            print(f"  {name:26} {once:9.1f} s, with a bootstrap {drawn:9,.0f} s")
            print(f"  {name} : labeler{' ':{15 - len(name)}} {drawn / spent:9,.0f}")
        print(f"  their peak memory           {peak_mib:9.0f} MiB")
        check(ours[STANDARD["defect_types"][0]["code"]]["statistics"], found, said)


def check(statistics_of: dict, found: dict, said: Said) -> None:
    """The figures must be the same wherever both sides have one."""
    alpha = statistics_of["krippendorff_alpha"]["value"]
    assert abs(alpha - found["krippendorff"]["first"]) < 1e-9
    light = statistics_of["light_kappa"]["value"]
    if said.shape[1] > 2:
        assert abs(light - statistics.fmean(found["scikit-learn"]["first"])) < 1e-9
    print("  alpha and Light's kappa are the libraries' to 1e-9")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--reviewers", type=int, default=3)
    parser.add_argument("--types", type=int, default=8)
    parser.add_argument("--per-unit", type=int, default=0, help="images of one part; 0: lots only")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--few", type=int, default=2)
    parser.add_argument("--only", choices=("page", "table"))
    given = parser.parse_args()
    said = answers(given.images, given.reviewers, given.types)
    print(f"{given.images:,} images x {given.reviewers} reviewers x {given.types} defect types")
    if given.only != "table":
        page(said, given)
    if given.only != "page":
        table(said, given)


if __name__ == "__main__":
    main()
