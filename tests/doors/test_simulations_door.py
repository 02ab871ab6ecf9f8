"""``python -m simulations``: any experiment through any executor, killed and resumed, and the list of results."""

import io
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import h5py
import numpy as np
import pytest

import sitheory as si
from paper_figs.periodic import plane as periodic_plane
from paper_figs.regimes import basins as regimes_basins, phases as regimes_phases
from paper_figs.style import write
from simulations import executors, listing
from simulations.__main__ import main
from simulations.experiment import ensure
from simulations.periodic.decay_plane import Plane
from simulations.regimes.toy_basins import Basins
from simulations.regimes.toy_phases import ATTRACTORS, Phases, alphas
from simulations.regimes.toy_three_regimes import ThreeRegimes
from sitheory._kernels.status import Status
from sitheory.sweeps import block_files
from sitheory.sweeps.compute_cells import compute
from sitheory.theory import regimes
from sitheory.trajectory import code_hash, progress

KIND = "conformance"

ROOT = Path(__file__).parents[2]


def door(*words, cwd, **options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(
        [sys.executable, "-m", "simulations", *words], cwd=cwd, env=environment, **pipes, **options
    )


SMALL = ("toy_basins", "--starts", "64", "--steps", "20000")


def lives(group):
    """Whether a process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_command_goes_on_and_gives_the_same_bits(tmp_path):
    with door(
        *SMALL, "--executor", "processes", "--workers", "2", cwd=tmp_path, start_new_session=True
    ) as first:
        while not list(tmp_path.glob("results/*.cells/[0-9]*.npz")) and first.poll() is None:
            time.sleep(0.01)
        first.kill()
    until = time.monotonic() + 60
    while lives(first.pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not lives(first.pid), "its workers outlived it"
    kept = {p: p.stat().st_mtime_ns for p in tmp_path.glob("results/*.cells/[0-9]*.npz")}
    out, err = door(*SMALL, cwd=tmp_path).communicate(timeout=300)
    assert not err and kept and all(p.stat().st_mtime_ns == t for p, t in kept.items())
    whole = Basins(starts=64, steps=20_000).run()
    assert si.load(tmp_path / out.strip()).drop_attrs().identical(whole.drop_attrs())


def test_the_bar_begins_where_the_sweep_does(monkeypatch):
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress.cells_bar(100) as tell:
        for done in (60, 70, 100):
            tell(done)
    assert "60.0/100" in terminal.getvalue() and "0.00/100" in terminal.getvalue()
    monkeypatch.setattr(terminal, "isatty", lambda: False)
    with progress.cells_bar(100) as tell:
        assert tell is None


def test_an_experiment_without_a_grid_is_one_task(tmp_path):
    with executors.opened("threads", 2, {}, tmp_path) as machinery:
        path = ensure(ThreeRegimes(steps=50), tmp_path, **machinery)
    assert si.load(path).drop_attrs().identical(ThreeRegimes(steps=50).run().drop_attrs())
    before = path.stat().st_mtime_ns
    assert ensure(ThreeRegimes(steps=50), tmp_path) == path and path.stat().st_mtime_ns == before
    path.write_bytes(path.read_bytes()[:5000])
    assert si.load(ensure(ThreeRegimes(steps=50), tmp_path)).sizes["step"] == 50


def test_cells_that_raise_are_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["toy_phases", "--groups", "2", "0", "--elrs", "1", "--seeds", "1", "--steps", "64"]) == 0
    out, err = capsys.readouterr()
    assert "4 of 8 cells raised an error" in err and "need at least one coefficient" in err
    assert int((si.load(out.strip())["status"] == Status.RAISED).sum()) == 4


@pytest.mark.parametrize(
    ("words", "law"),
    [
        (("toy_basins", "--executor", "threads", "--options", "a=1"), "need no options"),
        (("toy_basins", "--executor", "slurm"), "without SLURM"),
        (("toy_basins", "--steps", "0"), "need steps >= 1"),
        (("toy_basins", "--options", "a"), "need KEY=VALUE"),
    ],
)
def test_a_wrong_command_gets_one_line(words, law, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    try:
        code = main(list(words))
    except SystemExit as left:
        code = left.code
    err = capsys.readouterr().err
    assert code == 2 and law in err and err.count("\n") == 1


def test_the_list_tells_fresh_stale_partial_and_cost(tmp_path, monkeypatch):
    kinds = {"toy_basins": Basins, "toy_three_regimes": ThreeRegimes}
    case = Basins()
    rows = lambda: {line.split()[0]: line for line in listing.lines(kinds, tmp_path)}  # noqa: E731
    assert re.search(r"absent +a few seconds", rows()["toy_basins"])
    ensure(ThreeRegimes(), tmp_path)
    ensure(ThreeRegimes(steps=20), tmp_path)
    assert " fresh " in rows()["toy_three_regimes"]
    assert any("steps=20" in line for line in listing.lines(kinds, tmp_path))

    grid = case.grid()
    path = listing.result_path(case, tmp_path)
    kept = si.sweeps.blocks_folder(path, grid)
    block_files.open_folder(kept, {})
    block = compute(Basins(starts=1), Basins(starts=1).grid(), 0)
    block_files.write(kept, 0, block, grid)
    assert f"{grid.size(0)} of {grid.cells} cells" in rows()["toy_basins"]

    monkeypatch.setattr(code_hash, "code_hash", lambda thing: "other")
    assert " stale " in rows()["toy_three_regimes"]
    *_, last = listing.lines(kinds, tmp_path)
    assert re.search(r"about [0-9.e-]+ seconds of one core, and 1 experiments", last)


def test_phases_know_convergence_equilibrium_and_chaos():
    """Trial: regimes eq. 8 and 9 below and above the threshold, chaos far above it."""
    result = Phases(groups=(3,), spreads=(4.0,), lowest=0.8, highest=5.0, elrs=3, seeds=2).run()
    names = np.array(ATTRACTORS)[result["attractor"].values.astype(int)][0, 0]
    assert list(names[:, 0]) == ["convergence", "chaos", "chaos"] and np.all(names[2] == "chaos")
    assert np.all(result["lyapunov"].values[0, 0, 2] > 0.2)
    calm = Phases(groups=(2,), spreads=(4.0,), lowest=1.3, highest=1.3, elrs=1, seeds=2).run()
    assert np.all(calm["attractor"] == ATTRACTORS.index("equilibrium"))
    np.testing.assert_allclose(calm["loss_ratio"], 1, atol=1e-3)
    assert "chaos from" in Phases.table(result) and len(regimes_phases.draw(result).axes) == 2


def test_alphas_spread_and_add_up():
    alpha = alphas(5, 16.0)
    assert sum(alpha) == pytest.approx(1) and alpha[-1] / alpha[0] == pytest.approx(16)


def test_basins_are_symmetric_and_the_equilibrium_is_an_island():
    """Identity: the two groups are alike; trial: at 1.4 times the threshold most starts end on a lower loss."""
    result = Basins(starts=16, multiples=(1.4,)).run()
    loss = result["loss_ratio"].values[..., 0]
    assert np.mean(np.abs(loss - loss.T) < 1e-2) > 0.9  # rounding sends starts near a border either way
    assert 0.1 < np.mean(np.abs(loss - 1) < 2e-3) < 0.5 and loss.min() == pytest.approx(0.9724, abs=2e-3)
    one = regimes.equilibrium_loss((1.0, 1.0, 1.0), 1.4 / 3)
    assert one == pytest.approx((3 - 3 / 1.4) / 2)
    assert "at the equilibrium %" in Basins.table(result) and regimes_basins.draw(result).axes


def test_the_period_depends_on_the_product_alone():
    """Identity up to rounding and the start's phase: rescaling by a power of two, lr by 4 and wd by 1/4."""
    result = Plane(lr=(0.05, 0.8), wd=(0.0125, 0.2), values=3, seeds=2, cycles=20).run()
    period = result["period"].mean("seed").values
    np.testing.assert_allclose(period[:, 0, 2], period[:, 1, 1], rtol=0.03)
    np.testing.assert_allclose(period[:, 2, 0], period[:, 1, 1], rtol=0.03)
    assert np.all(period[:, 0, 0] > 3 * period[:, 2, 2])
    assert "oscillates" in Plane.table(result) and len(periodic_plane.draw(result).axes) == 4


def test_figures_name_the_results_that_they_drew(tmp_path):
    figure = regimes_basins.draw(Basins(starts=2, steps=100).run())
    png, pdf = write(figure, tmp_path / "f", ["toy_basins-0123.nc"])
    for path, key in ((png, b"Source"), (pdf, b"Subject")):
        assert key in path.read_bytes() and b"toy_basins-0123.nc" in path.read_bytes()


def test_a_result_says_what_made_it(tmp_path):
    attrs = si.load(ensure(Basins(starts=2, steps=100), tmp_path)).attrs
    assert json.loads(attrs["config"])["starts"] == 2 and attrs["code"] == code_hash.code_hash(Basins)
    assert {"versions", "git", "entropy", "seconds"} <= set(attrs)


@dataclass(frozen=True)
class Counted(ThreeRegimes):
    """Notes each run, and breaks off where another is at it."""

    log: str = ""

    def run(self, kept):
        kept.mkdir()
        with open(self.log, "a") as log:
            log.write("run\n")
        time.sleep(0.3)
        return ThreeRegimes.run(self)


def test_four_that_want_the_same_result_compute_it_once(tmp_path):
    wanted = Counted(elrs=(0.2,), steps=200, log=str(tmp_path / "log"))
    with ThreadPoolExecutor(4) as all_four:
        first, *others = all_four.map(lambda _: ensure(wanted, tmp_path / "results"), range(4))
    assert others == [first] * 3
    assert (tmp_path / "log").read_text() == "run\n"
    assert [p.name for p in (tmp_path / "results").iterdir()] == [first.name]
    assert si.load(first).sizes["elr"] == 1


def test_what_was_never_timed_shows_its_cost_and_spoils_no_sum(tmp_path):
    kinds = {"toy_three_regimes": ThreeRegimes}
    *_, row, total = listing.lines(kinds, tmp_path)
    assert "absent" in row and "under a second" in row and total.startswith("to compute: about 0 seconds")
    made = ensure(ThreeRegimes(elrs=(0.2,), steps=200), tmp_path)
    wanted = json.dumps(asdict(ThreeRegimes()))
    with h5py.File(made, "r+") as file:
        file.attrs["experiment"], file.attrs["seconds"] = wanted, np.nan
    *_, row, other, total = listing.lines(kinds, tmp_path)
    assert "stale" in row and "under a second" in row and "nan" not in other
    assert total == "to compute: about 0 seconds of one core, and 1 experiments never timed here"
