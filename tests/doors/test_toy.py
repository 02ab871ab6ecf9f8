"""The command, as a user types it: what it prints, what it refuses, and that nothing is half-written."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sitheory import toy

KIND = "conformance"

KEYS = [
    "alpha",
    "elr",
    "steps",
    "seed",
    "threshold",
    "regime",
    "loss_mean",
    "loss_error",
    "loss_flag",
    "loss_predicted",
    "elr_mean",
    "elr_error",
    "elr_flag",
    "elr_equilibrium",
    "ess_spread",
    "lyapunov",
    "lyapunov_error",
    "lyapunov_flag",
    "period",
]


def command(*words):
    return subprocess.run(
        [sys.executable, "-m", "sitheory.toy", *words],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def run(capsys, *words):
    assert toy.main(words) == 0
    return capsys.readouterr().out


def as_json(capsys, *words):
    return [json.loads(line) for line in run(capsys, *words, "--json").splitlines()]


def test_json_has_the_documented_keys(capsys):
    (report,) = as_json(capsys, "--elr", "0.2")
    assert list(report) == KEYS


@pytest.mark.parametrize(
    ("elr", "regime"), [("0.1", "convergence"), ("0.2", "equilibrium"), ("0.5", "divergence")]
)
def test_the_papers_three_elrs_show_the_three_regimes(capsys, elr, regime):
    """Trial: regimes Figure 2."""
    (report,) = as_json(capsys, "--elr", elr)
    assert report["regime"] == regime


def test_the_equilibrium_of_eq_9_is_met_and_is_not_chaotic(capsys):
    """Closed form: at ELR 0.2 the loss is (7 - 5)/2 = 1 and the ELRs are 1.4, 0.7, 0.35.

    The approach is slow, like t^(-1/2): after 10^5 steps the ELRs are within about 0.3 %.
    """
    (report,) = as_json(capsys, "--elr", "0.2", "--steps", "100000")
    assert report["loss_mean"] == pytest.approx(1, abs=1e-4)
    assert report["elr_mean"] == pytest.approx([1.4, 0.7, 0.35], rel=1e-3)
    assert report["ess_spread"] < 1e-3
    assert abs(report["lyapunov"]) < 1e-3
    assert "nearby starts do not separate" in run(capsys, "--elr", "0.2", "--steps", "100000")


def test_one_group_settles_at_its_level_with_the_known_exponent(capsys):
    """Closed form: the multiplier of |r| at its level is 2/a^2 - 1, a = alpha elr [regimes prop. 2.2]."""
    (report,) = as_json(capsys, "--elr", "1.2", "--alpha", "1")
    assert report["loss_mean"] == pytest.approx((1 - 1 / 1.2) / 2, rel=1e-12)
    assert report["lyapunov"] == pytest.approx(np.log(abs(2 / 1.44 - 1)), rel=1e-6)


def test_above_the_chaos_the_command_says_where_it_contradicts_the_paper(capsys):
    said = run(capsys, "--elr", "0.3", "--steps", "200000")
    assert "contradicts the paper: the mean ELR of groups 1" in said


def test_a_sweep_prints_a_row_an_elr(capsys):
    lines = run(capsys, "--elr", "0.05", "0.1", "0.2", "0.5").splitlines()
    assert len(lines) == 6 and "convergence" in lines[2] and "divergence" in lines[5]


def test_same_seed_same_numbers_other_seed_others(capsys):
    first, again, other = (run(capsys, "--elr", "0.4", "--seed", s, "--json") for s in "001")
    assert first == again != other


def test_a_start_on_an_axis_is_legal(capsys):
    """Closed form: x = 0 is the minimum, where a group rests for ever."""
    (report,) = as_json(capsys, "--elr", "0.5", "--alpha", "1", "--start", "0", "1")
    assert report["loss_mean"] == 0 and report["regime"] == "convergence"


def test_a_start_at_the_maximum_rests_there(capsys):
    (report,) = as_json(capsys, "--elr", "0.5", "--alpha", "3", "--start", "1", "0")
    assert report["loss_mean"] == 3 and report["regime"] == "undecided"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--elr", "1e300"], "The run failed numerically: the state left the range of float64."),
        (["--elr", "1e300", "--steps", "2"], "mean loss           none (not finite)"),
        (["--elr", "1e300", "0.2", "--steps", "1", "--alpha", "0.12", "0.2", "1000"], "none"),
        (["--elr", "1e-300"], "The run has hardly moved from its start"),
        (["--elr", repr(1 / 7)], "The ELR is the threshold itself"),
        (["--elr", repr(1 / 7), "--steps", "1"], "too short to tell how the loss falls"),
        (["--elr", "0.142857142857143"], "the loss went like t^-1"),
        (["--elr", "0.1428"], "below the threshold"),
        (["--elr", "0.2", "--steps", "1"], "The run is too short to tell"),
        (
            ["--elr", "0.2", "--start", "1", "0", "0", "1", "1", "0"],
            "Groups 1, 2, 3 came to lie exactly on an axis",
        ),
        (["--elr", "0.2", "--steps", "20"], "does not tell whether the run is chaotic"),
        (["--elr", "100"], "Rare excursions dominate the mean ELR"),
        (["--elr", "0.3", "--steps", "200000"], "says that chaos dominates its third regime"),
        (["--elr", "0.5"], "The run is chaotic"),
    ],
)
def test_what_the_words_say(capsys, words, sentence):
    assert sentence in run(capsys, *words)


def test_at_the_threshold_no_regime_is_claimed(capsys):
    """Rate: the loss falls like 1/t there, which is neither a level above 0 nor chaos."""
    said = run(capsys, "--elr", repr(1 / 7), "--steps", "100000")
    assert "chaotic" not in said and "stopped moving" not in said and "stays around a level" not in said
    assert "between convergence and equilibrium" in said
    power = float(said.split("like t^")[1].split(",")[0])
    assert power == pytest.approx(-1, abs=0.15)


def test_tiny_elrs_are_not_printed_as_0(capsys):
    said = run(capsys, "--elr", "1e-300")
    rows = [line.split()[4] for line in said.splitlines() if "mean ELR, group" in line]
    assert len(rows) == 3 and all(0 < float(v) < 1e-298 for v in rows)
    assert "nan" not in said


def test_several_elrs_give_json_lines(capsys):
    lines = run(capsys, "--elr", "0.1", "0.2", "--json").splitlines()
    assert [json.loads(line)["elr"] for line in lines] == [0.1, 0.2]


def test_numbers_that_are_not_finite_are_null(capsys):
    (report,) = as_json(capsys, "--elr", "1e300")
    assert report["loss_mean"] is None and report["elr_mean"] == [None, None, None]


@pytest.mark.parametrize(
    ("words", "law"),
    [
        (["--elr", "0"], "need elr > 0 and finite, got elr=0.0"),
        (["--elr", "-0.1"], "need elr > 0 and finite, got elr=-0.1"),
        (["--elr", "nan"], "need elr > 0 and finite, got elr=nan"),
        (["--elr", "inf"], "need elr > 0 and finite, got elr=inf"),
        (["--elr", "0.1", "0"], "need elr > 0 and finite, got elr=0.0"),
        (["--elr", "0.2", "--alpha"], "need at least one coefficient alpha, got none"),
        (["--elr", "0.2", "--alpha", "1", "0"], "need every alpha > 0 and finite, got alpha=0.0"),
        (["--elr", "0.2", "--alpha", "nan"], "need every alpha > 0 and finite, got alpha=nan"),
        (["--elr", "0.2", "--steps", "0"], "need steps >= 1, got steps=0"),
        (["--elr", "0.2", "--steps", "-5"], "need steps >= 1, got steps=-5"),
        (["--elr", "0.2", "--steps", "1.5"], "need a whole number, got '1.5'"),
        (["--elr", "0.2", "--steps", "1e30"], "need steps <= 2**53, got steps=1"),
        (["--elr", "0.2", "--seed", "-1"], "need seed >= 0, got seed=-1"),
        (["--elr", "0.2", "--start", "1", "1"], "need a start of 6 values, got shape (2,)"),
        (["--elr", "0.2", "--alpha", "1", "--start", "0", "0"], "need no group at the origin, got group 1"),
        (["--elr", "0.2", "--alpha", "1", "--start", "nan", "0"], "need a finite start"),
        (["--elr", "0.2", "--plot", "/nowhere/toy.png"], "need a writable plot file"),
        (["--elr", "0.2", "--plot", "toy.xyz"], "need a plot file that ends in"),
        (["--elr", "x"], "invalid float value: 'x'"),
        ([], "--elr"),
        (["--elr", "0.2", "--step", "5"], "need the name of an option like --steps, got '--step'"),
    ],
)
def test_bad_input_gets_one_line_and_code_2(capsys, words, law):
    with pytest.raises(SystemExit) as stopped:
        toy.main(words)
    out, err = capsys.readouterr()
    assert stopped.value.code == 2 and not out
    assert law in err and err.count("\n") == 1


def test_bad_input_shows_no_traceback_from_the_shell():
    done = command("--elr", "nan")
    assert done.returncode == 2 and done.stderr == "sitheory.toy: need elr > 0 and finite, got elr=nan\n"


def test_a_reader_that_leaves_and_a_full_disk_give_no_traceback():
    shell = f"{sys.executable} -m sitheory.toy --elr 0.01 0.05 0.1 --json | head -1"
    left = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=300, check=False)
    assert left.stdout.startswith("{") and not left.stderr
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "sitheory.toy", "--elr", "0.1"]
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=300, check=False
        )
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "No space left" in done.stderr


def test_a_long_run_can_be_stopped():
    command = [sys.executable, "-m", "sitheory.toy", "--elr", "0.1", "--steps", "1e13"]
    # A shell's background job is born with SIGINT ignored; the command of a person at a terminal is not.
    run = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    time.sleep(10)  # enough to be past the imports; what is tested is how it ends, not when
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=120)
    assert run.returncode == 130 and err == "sitheory.toy: stopped\n"


def test_seeds_are_exact(capsys):
    (report,) = as_json(capsys, "--elr", "0.1", "--seed", "9007199254740993")
    assert report["seed"] == 9007199254740993


def test_a_pipe_sees_no_progress_bar():
    done = command("--elr", "0.2", "--steps", "1000")
    assert done.returncode == 0 and not done.stderr and "\r" not in done.stdout


def test_the_default_run_loads_neither_numba_nor_xarray_nor_matplotlib():
    code = (
        "import sys; from sitheory import toy; toy.main(['--elr', '0.2']); "
        "print([m for m in ('numba', 'xarray', 'pandas', 'matplotlib', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg"])
def test_plot_writes_one_whole_file(capsys, tmp_path, suffix):
    run(capsys, "--elr", "0.1", "0.5", "--steps", "2000", "--plot", str(tmp_path / f"toy{suffix}"))
    (file,) = tmp_path.iterdir()
    assert file.stat().st_size > 5000


def test_a_plot_that_fails_half_way_leaves_nothing(capsys, tmp_path, monkeypatch):
    def fill_the_disk(self, _):
        with open(self, "wb") as half:
            half.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fill_the_disk)
    with pytest.raises(SystemExit) as stopped:
        toy.main(["--elr", "0.2", "--steps", "100", "--plot", str(tmp_path / "toy.png")])
    out, err = capsys.readouterr()
    assert stopped.value.code == 1 and "No space left" in err and "mean loss" in out
    assert not list(tmp_path.iterdir())


def test_the_threshold_is_in_no_regime_whatever_prints_it(capsys):
    """Conformance: words, table and JSON say the same."""
    words = ("--elr", repr(1 / 7))
    (report,) = as_json(capsys, *words)
    assert report["regime"] == "none: between convergence and equilibrium"
    assert f"regime              {report['regime']}" in run(capsys, *words)
    assert report["regime"] in run(capsys, *words, "0.2").splitlines()[2]


@pytest.mark.parametrize(
    ("flag", "value"),
    [("plot", "x.png"), ("gif", "x.gif"), ("steps", "7"), ("seed", "1"), ("start", "1"), ("json", None)],
)
def test_the_page_ignores_nothing(flag, value, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = [f"--{flag}", *([value] * 6 if flag == "start" else [value] if value else [])]
    with pytest.raises(SystemExit) as left:
        toy.main(["--elr", "0.2", "--page", "page.html", *given])
    assert left.value.code == 2 and f"need --page without --{flag}" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
