"""Conformance: figures take their predictions from the theory's function objects.

Every function of the theory that a figure's file names, or a file that figures share, is replaced by a wrong variant;
the figure's numbers or its picture must then differ, or it must fail.
"""

import io
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

import paper_figs
from paper_figs import discovery as figures_of
from simulations import discovery as experiments_of, experiment
from sitheory.trajectory import schema
from tests.theory.wrong_formulas import VARIANTS, label, named, replaced

KIND = "conformance"

ROOT = Path(paper_figs.__file__).parent
FIGURES = figures_of.figures()[0]
COSTS = ("under a second", "a second", "a few seconds", "ten seconds", "twenty seconds", "half a minute")
"""Costs of figures, lowest first; those of the first are drawn in the default tests."""


def users():
    """File of ``paper_figs`` that names the theory -> the cheapest figure that it is, or that imports it."""
    out = defaultdict(list)
    for name, figure in FIGURES.items():
        path = ROOT.parent / (figure.module.replace(".", "/") + ".py")
        source = path.read_text(encoding="utf-8")
        shared = [p for p in ROOT.glob("*.py") if f"from paper_figs import {p.stem}\n" in source]
        for file in (path, *shared):
            if named(file) and figure.cost in COSTS:
                out[file].append((COSTS.index(figure.cost), name))
    return {file: min(names) for file, names in out.items()}


def test_every_file_that_names_the_theory_is_tried():
    assert set(users()) == {path for path in ROOT.rglob("*.py") if named(path)}


@cache
def results(name):
    """What a figure draws, computed where it is not on disk."""
    places = experiments_of.experiments()[0]
    needs = figures_of.load(FIGURES[name]).NEEDS
    folder = ROOT.parent / "results"
    return [schema.load(experiment.ensure(experiments_of.load(places[need])(), folder)) for need in needs]


def shown(name):
    """A figure's numbers and its picture, as bytes."""
    module, picture = figures_of.load(FIGURES[name]), io.BytesIO()
    module.draw(*results(name)).savefig(picture, format="raw", dpi=60)
    return repr(module.numbers(*results(name))).encode() + picture.getvalue()


shown_right = cache(shown)


def differs(name):
    try:
        return shown(name) != shown_right(name)
    except (
        ArithmeticError,
        LookupError,
        RuntimeError,
        RuntimeWarning,
        TypeError,
        ValueError,
    ):  # which is seen
        return True


@pytest.mark.parametrize(
    ("formula", "name"),
    [
        pytest.param(
            formula, name, id=f"{name}-{label(formula)}", marks=[] if cost == 0 else pytest.mark.slow
        )
        for file, (cost, name) in users().items()
        for formula in named(file)
    ],
)
def test_a_wrong_formula_changes_the_figure(formula, name):
    shown_right(name)
    for variant in VARIANTS:
        with replaced(formula, variant):
            if differs(name):
                return
    pytest.fail("nothing in the figure depends on it")
