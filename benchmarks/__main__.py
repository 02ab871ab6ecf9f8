"""Print the table of ratios with what must and what should be reached; fail if a must is missed.

python -m benchmarks [toy decay regression optimisers sweeps bridge coverage] [--repeats N]
python -m benchmarks gpu [--help]        all that is to be seen on a GPU, into a file: see benchmarks.gpu.command
"""

import sys

from benchmarks import bridge, coverage, decay, optimisers, regression, sweeps, toy
from benchmarks.gpu import command
from sitheory.reports.command_line import OneLine, run_command, unknown_name, whole

ROOMS = {
    "toy": toy.rows,
    "decay": decay.rows,
    "regression": regression.rows,
    "optimisers": optimisers.rows,
    "sweeps": sweeps.rows,
    "bridge": bridge.rows,
    "coverage": coverage.rows,
}


def main(argv=None):
    argv = sys.argv[1:] if argv is None else list(argv)
    if argv[:1] == ["gpu"]:
        return command.main(argv[1:])
    parser = OneLine("benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("rooms", nargs="*", metavar="room", help=", ".join(ROOMS))
    parser.add_argument("--repeats", type=whole, default=7, help="interleaved repeats of each pair (7)")
    options = parser.parse_args(argv)
    unknown = [room for room in options.rooms if room not in ROOMS]
    if unknown:
        parser.error(unknown_name("a room", unknown[0], ROOMS))
    if options.repeats < 2:
        parser.error(f"need --repeats >= 2, of which there are quartiles, got {options.repeats}")
    missed = 0
    print(f"{'':2}{'ratio':58}{'measured':>10}{'must':>8}{'aim':>8}   quartiles; times")
    for room in options.rooms or ROOMS:
        for row in ROOMS[room](options.repeats):
            print(row, flush=True)
            missed += row.missed
    print(f"{missed} missed" if missed else "every must is reached")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(run_command("benchmarks", main))
