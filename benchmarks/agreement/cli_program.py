"""The command line in a process that tells, on its last line of stderr, what it used.

python -m benchmarks.agreement.cli_program agreement --csv FILE --json
"""

import atexit
import json
import sys
import time
from pathlib import Path


def peak_mib() -> float:
    """The most memory this process had; not what it inherited from whoever started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def tell() -> None:
    print(json.dumps({"peak_mib": peak_mib(), "processor_s": time.process_time()}), file=sys.stderr)


if __name__ == "__main__":
    from labeler.cli import main

    atexit.register(tell)
    main()
