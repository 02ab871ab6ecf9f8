"""Conformance: claims are built from the theory's function objects, which ``linked`` finds file by file.

Every function of the theory that a file of ``proofs_check`` names, replaced by a wrong variant, changes a statement of
that file, makes the file fail, or changes what one of its checks decides.
"""

import json
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from itertools import groupby

import pytest

from tests.proofs import linked
from tests.theory.wrong_formulas import label, named

KIND = "conformance"

FILES = {path.relative_to(linked.ROOT).as_posix(): path for path in linked.files()}
SAMPLE = [
    min(group, key=lambda name: FILES[name].stat().st_size)
    for paper, files in groupby(sorted(FILES), key=lambda name: name.split("/")[0])
    if paper != "attacks" and (group := list(files))
]
"""The smallest file of each paper, for the default tests; the nightly one takes all."""

UNSEEN = {
    # The printed equation, false as it is: the search finds the same witness against a variant.
    "attacks/runs.py": {"periodic.norm_sq_averaged_printed"},
}


def unchanged(files):
    """File -> the formulas that nothing in it depends on; in a process of its own, whose claims are thrown away."""
    command = [sys.executable, "-m", "tests.proofs.linked", *files]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    table = json.loads(done.stdout)
    assert {name: set(row) for name, row in table.items()} == {
        name: {label(formula) for formula in named(FILES[name])} for name in files
    }
    return {name: left for name, row in table.items() if (left := {f for f, how in row.items() if not how})}


def test_a_wrong_formula_changes_the_claims_of_some_files():
    assert unchanged(SAMPLE) == {name: UNSEEN[name] for name in SAMPLE if name in UNSEEN}


@pytest.mark.nightly
def test_a_wrong_formula_changes_the_claims_of_every_file():
    assert unchanged(sorted(FILES)) == UNSEEN


def test_a_copied_formula_is_seen(tmp_path):
    """A file whose statement holds a copy of the formula beside a name that nothing uses."""
    copy = tmp_path / "copied.py"
    copy.write_text(
        "from proofs_check import Statement, reals\nfrom sitheory.theory import scale\n"
        "lr, norm_sq = reals('eta N')\n"
        "def unused():\n    return scale.elr(lr, norm_sq)\n"
        "CLAIM = Statement([lr > 0], lr / norm_sq == lr / norm_sq)\n"
    )
    (formula,) = named(copy)
    spec = spec_from_file_location("proofs_check.copied", copy)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    before = linked.anew(module)
    assert not linked.differs(module, formula, before)
    assert linked.mark(formula) not in linked.with_all_marked(module, [formula])
    honest = copy.read_text().replace("== lr / norm_sq)", "== scale.elr(lr, norm_sq))")
    copy.write_text(honest)
    assert linked.mark(formula) in linked.with_all_marked(module, [formula])
