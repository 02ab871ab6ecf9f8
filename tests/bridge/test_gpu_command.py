"""The command of a GPU's checks, on a CPU: each at a tiny size, and what comes of one that fails, hangs or dies."""

import json
from dataclasses import replace

import pytest
import torch

import benchmarks.__main__ as benchmarks
from benchmarks.gpu import agreement, command, cost
from benchmarks.gpu.checks import CHECKS, Check
from benchmarks.gpu.machine import Impossible, Machine
from tests.bridge.gpu_stand_ins import NoDevice, broken, dies, fine, hangs, impossible

KIND = "conformance"

HERE = Machine("cpu")
SLOW, NIGHTLY = ("epoch", "grid"), ("compiled",)


def test_a_check_that_fails_hangs_or_dies_is_reported_and_the_others_go_on(tmp_path):
    """Conformance: the file has what each found, also what it had before it was ended."""
    kinds = (fine, broken, impossible, hangs, dies, fine)
    checks = [Check(f"{i} {f.__name__}", 0.5 if f is hangs else 20, "", f) for i, f in enumerate(kinds)]
    told, path = [], tmp_path / "gpu.json"
    report = command.run(checks, NoDevice("cpu"), path, 100, told.append)
    assert json.loads(path.read_text()) == report and len(told) == len(checks)
    states = {name: check["state"] for name, check in report["checks"].items()}
    assert list(states.values()) == ["passed", "failed", "skipped", "failed", "failed", "passed"]
    seen = list(report["checks"].values())
    assert [s["measured"] for s in seen] == [{"seen": 1}, {"before": 2}, {}, {"before": 3}, {}, {"seen": 1}]
    assert seen[1]["why"] == "AssertionError: captured is not called"
    assert seen[2]["why"] == "only a GPU has it"
    assert "took longer than 0.5 s" in seen[3]["why"] and "exit code 7" in seen[4]["why"]


def test_the_file_is_written_after_each_check_and_no_time_left_is_said(tmp_path):
    path, lengths = tmp_path / "gpu.json", []

    def tell(line):
        lengths.append(len(json.loads(path.read_text())["checks"]))

    report = command.run([Check("one", 9, "", fine)], NoDevice("cpu"), path, 0, tell)
    assert lengths == [1] and "no time was left of 0 s" in report["checks"]["one"]["why"]
    checks = [Check("one", 9, "", fine), Check("two", 9, "", fine)]
    lengths.clear()
    command.run(checks, NoDevice("cpu"), path, 60, tell)
    assert lengths == [1, 2]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_there_is_one_line_and_2(capsys):
    with pytest.raises(SystemExit) as left:
        benchmarks.main(["gpu"])
    assert left.value.code == 2
    said = capsys.readouterr()
    assert not said.out and said.err.count("\n") == 1 and "need a CUDA device" in said.err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--device", "abacus"], "need --device cuda or cpu"),
        (["grids", "--device", "cpu"], "grid"),
        (["--seconds", "0", "--device", "cpu"], "need --seconds >= 1"),
    ],
)
def test_what_is_wrong_with_a_command_is_said_in_one_line(argv, said, capsys):
    with pytest.raises(SystemExit) as left:
        benchmarks.main(["gpu", *argv])
    assert left.value.code == 2 and said in capsys.readouterr().err


def test_all_checks_together_take_less_than_six_minutes():
    assert sum(check.seconds for check in CHECKS) <= command.SECONDS < 360
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def tried(check):
    found = {}
    try:
        check.run(HERE, found)
    except Impossible:
        return None
    return found


@pytest.mark.parametrize("check", [c for c in CHECKS if c.name not in SLOW + NIGHTLY], ids=lambda c: c.name)
def test_each_check_runs_at_a_tiny_size(check):
    found = tried(check)
    assert found is None if check.name == "no_waiting" else found
    json.dumps(found)


@pytest.mark.slow
@pytest.mark.parametrize("check", [c for c in CHECKS if c.name in SLOW], ids=lambda c: c.name)
def test_each_long_check_runs_at_a_tiny_size(check):
    json.dumps(tried(check))


@pytest.mark.nightly
def test_compiled_passes_are_checked_at_a_tiny_size(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    (check,) = (c for c in CHECKS if c.name in NIGHTLY)
    assert tried(check)["apart"] < agreement.COMPILED


@pytest.fixture
def off_on_the_device(monkeypatch):
    """A mutant whose ELR is off by 1e-6 of itself in runs that are not called steps, for one network."""
    real, nets = agreement.trained, agreement.networks

    def mutant(machine, net, asked, data, **options):
        if options.get("recorded", True):
            first = asked[0].knobs[0]
            asked = [replace(rule, **{first: getattr(rule, first) * (1 + 1e-6)}) for rule in asked]
        return real(machine, net, asked, data, **options)

    monkeypatch.setattr(agreement, "trained", mutant)
    monkeypatch.setattr(agreement, "networks", lambda machine: {"perceptron": nets(machine)["perceptron"]})


def test_other_numbers_fail_a_check_and_the_pairs_are_named(off_on_the_device):
    """Trial: of a mutant, each pair of network and rule is reported, with how far it is off."""
    found = {}
    with pytest.raises(AssertionError, match="not as it must be: perceptron, sphere; perceptron, momentum"):
        agreement.cpu_equals_gpu(HERE, found)
    assert all(agreement.SAME < pair["apart"] < 1e-3 for pair in found.values())
    with pytest.raises(AssertionError, match="augmentation: captured is not called in"):
        agreement.augmentation(HERE, {})


def test_the_grid_takes_what_its_parts_take(monkeypatch):
    """Closed form: 1000 epochs at a second, some 60 rows at half one, true metrics at two, scaled to an epoch."""
    from sitheory.bridge.training.records import marks

    monkeypatch.setattr(cost, "_epochs", lambda *given, **ways: (1.0, 0.5, 2.0))
    found = {}
    cost.grid(HERE, found)
    scale, rows = cost.PAPER / (2 * cost.BATCH), len(marks(1000, None))
    expected = (1000 * scale + rows * (0.5 + 2 * scale)) / 60
    assert found["bf16"]["minutes of the grid"] == pytest.approx(expected)


def test_steps_rows_and_true_metrics_are_told_apart_by_their_epochs(monkeypatch):
    """Closed form: a clock that each epoch moves on by a second, a row by 10 more, true metrics by 100 more."""
    from sitheory import bridge

    now = [0.0]

    def trained(*given, epochs, log_every, survey_every, progress, **ways):
        for epoch in range(1, epochs + 1):
            now[0] += 1 + 10 * (epoch % log_every == 0) + 100 * (epoch % survey_every == 0)
            now[0] += 1000 * (epoch < 3)  # compiled and recorded
            progress(epoch)

    monkeypatch.setattr(bridge, "train", trained)
    monkeypatch.setattr(cost.time, "perf_counter", lambda: now[0])
    assert cost._epochs(HERE, None, None, None) == (1.0, 10.0, 100.0)
