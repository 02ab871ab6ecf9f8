"""What all tests share: a seeded generator, and the kinds of tests as markers."""

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

KINDS = ("identity", "conformance", "closed_form", "rate", "twin", "trial")

# No result may depend on how busy the machine is; a test's own settings inherit these.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.fixture
def rng():
    return np.random.default_rng(20221)


def kind_in(docstring: str | None) -> str | None:
    """The kind that a docstring begins with: ``Twin: ...``, ``Closed form. ...``."""
    said = (docstring or "").lstrip().lower().replace("closed form", "closed_form", 1)
    word = said.replace(",", " ").replace(":", " ").replace(".", " ").partition(" ")[0].strip()
    return word if word in KINDS else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with one kind: its docstring's first word, else its own marker, else its module's ``KIND``."""
    for item in items:
        if not isinstance(item, pytest.Function):
            continue  # a doctest
        marked = {mark.name for mark in item.iter_markers() if mark.name in KINDS}
        said = kind_in(item.function.__doc__)
        kinds = marked | {said} - {None} or {getattr(item.module, "KIND", None)} - {None}
        if len(kinds) != 1 or not kinds <= set(KINDS):
            raise pytest.UsageError(
                f"need one kind of {', '.join(KINDS)}, got {sorted(kinds)} for {item.nodeid}"
            )
        if not marked:
            item.add_marker(kinds.pop())
