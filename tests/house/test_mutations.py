"""Conformance: the mutation run changes one thing at a time, in the living functions."""

import importlib.util

import pytest

from benchmarks import mutations

KIND = "conformance"
SOURCE = '''
FACTOR = 3


def drop(value, least=1):
    """Return the drop - or 0."""
    if not value > least and value != 2:
        return max(value - least, 0.5)
    return (lambda x: -x)(value)
'''


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "dropped.py"
    file.write_text(SOURCE)
    return file


def made(file):
    return mutations.of_file(file.parent, "room", file)


def test_every_kind_of_change_that_the_source_has_is_made(file):
    kinds = {mutant.kind for mutant in made(file)}
    assert kinds >= {
        "operator",
        "comparison",
        "and/or",
        "condition dropped",
        "not dropped",
        "sign",
        "function",
    }
    assert kinds >= {"off by one", "constant", "operands swapped"}


def test_a_mutant_changes_one_place_and_no_constant_default_or_docstring(file):
    for mutant in made(file):
        changed = mutant.applied(SOURCE)
        compile(changed, "changed", "exec")
        different = [a for a, b in zip(SOURCE.splitlines(), changed.splitlines(), strict=True) if a != b]
        assert len(different) == 1 and not different[0].lstrip().startswith(("FACTOR", "def", '"""'))


def test_a_mutant_is_put_into_the_living_function(file):
    spec = importlib.util.spec_from_file_location("dropped", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    kept, (sign,) = module.drop, [mutant for mutant in made(file) if mutant.kind == "sign"]
    assert kept(4) == -4
    assert mutations.put(sign, file.parent)
    assert kept(4) == 4


def test_the_choice_of_a_room_does_not_depend_on_the_others(tmp_path):
    for room in ("one", "two"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "dropped.py").write_text(SOURCE)
    both = mutations.chosen(tmp_path, {"one": "one", "two": "two"}, 8, 0)
    alone = mutations.chosen(tmp_path, {"two": "two"}, 4, 0)
    assert [mutant for mutant in both if mutant.room == "two"] == alone
    assert both != mutations.chosen(tmp_path, {"one": "one", "two": "two"}, 8, 1)
