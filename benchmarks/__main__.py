"""Print the table of ratios with what must and what should be reached; fail if a must is missed.

python -m benchmarks [toy decay regression sweeps bridge coverage] [--repeats N]
"""

import argparse
import sys

from benchmarks import bridge, coverage, decay, regression, sweeps, toy

ROOMS = {
    "toy": toy.rows,
    "decay": decay.rows,
    "regression": regression.rows,
    "sweeps": sweeps.rows,
    "bridge": bridge.rows,
    "coverage": coverage.rows,
}


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("rooms", nargs="*", choices=[[], *ROOMS], metavar="room", help=", ".join(ROOMS))
    parser.add_argument("--repeats", type=int, default=7, help="interleaved repeats of each pair (7)")
    options = parser.parse_args(argv)
    missed = 0
    print(f"{'':2}{'ratio':58}{'measured':>10}{'must':>8}{'aim':>8}   quartiles; times")
    for room in options.rooms or ROOMS:
        for row in ROOMS[room](options.repeats):
            print(row, flush=True)
            missed += row.missed
    print(f"{missed} missed" if missed else "every must is reached")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
