"""Conformance: no test's result depends on how busy the machine is."""

import ast
from pathlib import Path

from hypothesis import HealthCheck, settings

KIND = "conformance"
TESTS = Path(__file__).parents[1]


def timed(call):
    """Whether a test's own settings bring a clock back."""
    given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    return given.get("deadline", "None") != "None" or "suppress_health_check" in given


def own_settings(text):
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    return [call for call in calls if ast.unparse(call.func) == "settings"]


def test_hypothesis_watches_no_clock():
    assert settings.default.deadline is None
    assert HealthCheck.too_slow in settings.default.suppress_health_check


def test_no_test_brings_a_clock_back():
    found = {
        f"{file.name}:{call.lineno}": ast.unparse(call)
        for file in TESTS.rglob("*.py")
        for call in own_settings(file.read_text())
        if timed(call)
    }
    # This one names a longer list of checks that are off.
    assert {place.partition(":")[0] for place in found} <= {"test_extremes.py"}
    assert all("deadline=None" in call for call in found.values())


def test_a_test_with_a_clock_would_be_seen():
    calls = own_settings("settings(deadline=200); settings(max_examples=3)")
    assert [timed(call) for call in calls] == [True, False]
