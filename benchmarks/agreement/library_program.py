"""The same coefficients from well-known libraries, with a plain bootstrap around them.

    python -m benchmarks.agreement.library_program MATRICES.npy FEW REPLICATES

MATRICES: codes of shape (types, images, reviewers), -1 for a rating that is missing. The
libraries get them ready-made: nothing is read or counted on their clock. Resampling items
and computing anew is timed FEW times on one defect type, and multiplied. Prints JSON.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable
from itertools import combinations

import krippendorff
import numpy as np
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

from benchmarks.agreement.cli_program import peak_mib

Matrix = np.ndarray


def alpha(codes: Matrix) -> float:
    ratings = np.where(codes < 0, np.nan, codes).T
    return krippendorff.alpha(reliability_data=ratings, level_of_measurement="nominal")


def fleiss(codes: Matrix) -> float:
    complete = codes[(codes >= 0).all(axis=1)]
    return fleiss_kappa(aggregate_raters(complete, n_cat=2)[0])


def cohen(codes: Matrix) -> list[float]:
    found = []
    for a, b in combinations(range(codes.shape[1]), 2):
        both = (codes[:, a] >= 0) & (codes[:, b] >= 0)
        found.append(cohen_kappa_score(codes[both, a], codes[both, b]))
    return found


LIBRARIES: dict[str, Callable[[Matrix], object]] = {
    "krippendorff": alpha,
    "statsmodels": fleiss,
    "scikit-learn": cohen,
}


def main() -> None:
    warnings.simplefilter("ignore")
    types, few, replicates = np.load(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    luck = np.random.default_rng(0)
    found: dict[str, object] = {}
    for name, function in LIBRARIES.items():
        begun = time.perf_counter()
        values = [function(one) for one in types]
        once, one = time.perf_counter(), types[0]
        for _ in range(few):
            function(one[luck.integers(0, len(one), len(one))])
        drawn = time.perf_counter() - once
        found[name] = {
            "once_s": once - begun,
            "bootstrap_s": drawn / few * replicates * len(types),
            "first": values[0],
        }
    found["peak_mib"] = peak_mib()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
