"""Random words after every command: no traceback, no hang, and one line with exit code 2 for each refusal."""

import contextlib
import io
import random
import signal
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

import benchmarks.__main__ as benchmarks
import paper_figs.__main__ as paper_figs
import proofs_check.__main__ as proofs_check
import simulations.__main__ as simulations
from sitheory import advise, decay, explore, regression, toy
from sitheory.reports.command_line import run_command

KIND = "conformance"

LIMIT = 100
"""Processor seconds that no single command may take here."""

NUMBERS = [
    "0",
    "1",
    "2",
    "-1",
    "0.1",
    "1e-3",
    "0.5",
    "1e300",
    "1e-300",
    "1e-17",
    "inf",
    "nan",
    "5e-324",
    "-0.0",
    "٣",
]
JUNK = [
    "",
    " ",
    "x",
    "-",
    "--",
    "---",
    "-x",
    "--zz",
    "--elr=",
    "=",
    "ü",
    "\u202e",
    "a=b",
    "None",
    "[]",
    "a\nb",
    "-h",
]
STEPS = ["0", "1", "3", "64", "1e2", "-5", "1.5", "nan", "x", "", "1e400"]
FILES = ["none.csv", "none.npz", "none.png", "", ".", "here.txt", "none/x.png", "x" * 300, "here.csv"]
DONE = ["--version", "--help", "-h"]

TOY = {
    "--elr": NUMBERS,
    "--alpha": NUMBERS,
    "--steps": STEPS,
    "--seed": STEPS,
    "--start": NUMBERS,
    "--plot": FILES,
    "--page": FILES,
    "--gif": [*FILES, "a.gif"],
    "--mp4": [*FILES, "a.mp4"],
}
DECAY = {
    **{f"--{name}": NUMBERS for name in ("lr", "wd", "bend", "alpha", "cos", "sin", "delta", "start")},
    **{
        "--loss": ["quartic", "cosine", "fourier", "noisy", "x"],
        "--steps": STEPS,
        "--seed": STEPS,
        "--plot": FILES,
    },
}
REGRESSION = {
    **{
        "--n": ["3", "5", "0", "x"],
        "--d": ["9", "4", "-1"],
        "--lr": NUMBERS,
        "--wd": NUMBERS,
        "--steps": STEPS,
    },
    **{name: FILES for name in ("--data", "--checkpoint", "--plot")},
}
ADVISE = {
    f"--{name}": NUMBERS
    for name in ("lr", "wd", "norm", "grad", "grad-lo", "grad-hi", "within", "delta", "steps")
}
SIMULATIONS = {
    **{"--executor": ["threads", "slurm", "x"], "--workers": ["1", "0", "x"], "--options": ["a=1", "a"]},
    **{"--steps": STEPS, "--starts": STEPS, "toy_basins": [], "toy_three_regimes": ["--list"], "nosuch": []},
}
FIGURES = {
    "--out": FILES,
    "--html": FILES,
    "--size": ["paper", "x"],
    "--result": FILES,
    "--table": [],
    "--all": [],
    "regimes_fig2": [],
    "no": [],
}
PROOFS = {
    **{
        "--engine": ["smt", "algebra", "x"],
        "--html": FILES,
        "regimes": [],
        "regimes:eq9": [],
        "no:claim": [],
    },
    **{"--new": ["mine", "", ".", "x y", "none/deep/mine", "class"], "here.txt": [], "periodic:*": []},
    **{"--quick": [], "--derive": [], "--coq": [], "--update": [], "--fresh": [], "--with-papers": []},
}
COMMANDS = {
    "sitheory.toy": (toy.main, TOY, ["--elr", "0.2", "--steps", "64"]),
    "sitheory.decay": (decay.main, DECAY, ["--lr", "0.1", "--wd", "1e-3", "--steps", "64"]),
    "sitheory.regression": (regression.main, REGRESSION, ["--steps", "64", "--n", "5", "--d", "9"]),
    "sitheory.advise": (advise.main, ADVISE, ["--lr", "0.1", "--wd", "1e-3", "--norm", "1", "--grad", "1"]),
    "sitheory.explore": (explore.main, {"--port": ["1", "x", "-1", "99999"], "--headless": []}, []),
    "simulations": (simulations.main, SIMULATIONS, []),
    "paper_figs": (paper_figs.main, FIGURES, []),
    "proofs_check": (proofs_check.main, PROOFS, []),
    "benchmarks": (
        benchmarks.main,
        {"--repeats": ["2", "0", "-1", "x"], "toy": [], "sweeps": [], "x": []},
        ["toy"],
    ),
}


def vector(draw, options, usual):
    """Some of a command's options with values that fit or do not, and junk, around what usually works or not."""
    words = list(usual) if draw.random() < 0.7 else []
    for _ in range(draw.randrange(4)):
        option = draw.choice([*options, *DONE, "--json"] if draw.random() < 0.9 else JUNK)
        values = [*options.get(option, ()), *(JUNK if draw.random() < 0.2 else ())]
        some = [draw.choice(values) for _ in range(draw.choice((0, 1, 1, 1, 2, 3)))] if values else []
        at = draw.choice((len(words), 0))
        words[at:at] = [option, *some]
    return words


@pytest.fixture
def light(tmp_path, monkeypatch):
    """Nothing here computes long or starts another program: what is tried is all before and around that."""
    monkeypatch.chdir(tmp_path)
    Path("here.txt").write_text("here")
    Path("here.csv").write_text("1,2,3\n2,1,3\n1,1,2\n")
    monkeypatch.setattr(explore.os, "execv", lambda *_: sys.exit(0))
    monkeypatch.setattr(paper_figs, "_drawn", lambda name, *_: name)
    monkeypatch.setattr(paper_figs, "_write_page", lambda *_: None)
    monkeypatch.setattr(simulations, "_ensured", lambda *_: Path("made.nc"))
    monkeypatch.setattr(simulations, "_warn_of_failures", lambda _: None)
    monkeypatch.setattr(simulations.schema, "load", lambda _: None)
    monkeypatch.setattr(simulations.listing, "lines", lambda kinds, _: iter(kinds))
    for name in ("decided", "derive", "compile_files", "update", "write_page", "report", "broken_files"):
        monkeypatch.setattr(proofs_check, name, lambda *_, **__: 0)
    monkeypatch.setattr(proofs_check, "table", lambda *_: None)
    monkeypatch.setattr(proofs_check.book, "written", lambda _: "")
    monkeypatch.setattr(proofs_check.quick, "check", lambda *_: 0)
    row = SimpleNamespace(missed=False)
    monkeypatch.setattr(benchmarks, "ROOMS", {name: lambda _: iter([row]) for name in benchmarks.ROOMS})
    monkeypatch.setattr(toy.toy_film, "write_film", lambda *_: None)
    for kind in ("toy", "decay", "regression"):
        drawn = {"toy": toy, "decay": decay, "regression": regression}[kind]
        monkeypatch.setattr(drawn, "draw", lambda *_: None)


def outcome(name, words):
    """The exit code and what was printed, or the exception that came out."""
    out, err = io.StringIO(), io.StringIO()
    main = COMMANDS[name][0]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = run_command(name, lambda: main(words))
        except SystemExit as left:
            code = left.code or 0
    return code, out.getvalue(), err.getvalue()


MANY = {
    **{"sitheory.advise": 4000, "sitheory.toy": 1500, "sitheory.decay": 800, "sitheory.regression": 800},
    **{
        "sitheory.explore": 1500,
        "benchmarks": 1500,
        "simulations": 200,
        "paper_figs": 200,
        "proofs_check": 60,
    },
}
"""Ten thousand in all, fewer where each has to look through all experiments, figures or claims first."""


@pytest.mark.parametrize(
    ("name", "times"),
    [(name, 12) for name in COMMANDS]
    + [pytest.param(name, times, marks=pytest.mark.slow) for name, times in MANY.items()],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_random_words_end_in_results_or_one_line(name, times, light, monkeypatch):
    """Conformance: exit code 2 comes with one line on stderr and nothing on stdout; help and version with 0."""
    monkeypatch.setattr(sys, "argv", [name])
    draw, codes = random.Random(f"{name} {times}"), Counter()
    _, options, usual = COMMANDS[name]
    handler = signal.signal(signal.SIGVTALRM, signal.default_int_handler)
    try:
        for _ in range(times):
            words = vector(draw, options, usual)
            signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
            code, out, err = outcome(name, words)
            codes[code] += 1
            assert code in (0, 1, 2), words
            if code == 2:
                assert err.count("\n") == 1 and err.startswith(f"{name}: ") and not out, (words, out, err)
            else:
                assert "Traceback" not in err and err.count("\n") <= 1, (words, err)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, handler)
    assert codes[0] + codes[1] and codes[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_and_a_version(name, light):
    for words in (["--help"], ["-h"], ["--version"]):
        code, out, err = outcome(name, words)
        assert code == 0 and out.strip() and not err
    assert out.startswith(f"{name} ") and len(out.split()) >= 2
