"""Null spaces in whole numbers, and the groups and balances in them, against spaces that were made by hand."""

import numpy as np
import pytest

pytest.importorskip("torch")

from sitheory.bridge.symmetry.null_space import components, groups_and_balances, null_space

KIND = "identity"


def jacobian_with(vectors, columns, rng, rows=None):
    """A random matrix whose null space is spanned by the vectors given as {column: entry}."""
    basis = np.zeros((len(vectors), columns))
    for row, entries in zip(basis, vectors, strict=True):
        row[list(entries)] = list(entries.values())
    _, singular, right = np.linalg.svd(basis, full_matrices=True)
    complement = right[int((singular > 1e-9).sum()) :]
    return rng.standard_normal((rows or columns + 4, len(complement))) @ complement


def as_sets(vectors):
    return {frozenset(v.items()) for v in vectors}


def decide(vectors, columns, rng, order=None):
    found = null_space(jacobian_with(vectors, columns, rng), 1e-9)
    assert found.largest_null < 1e-12 < 1e-3 < found.smallest_kept
    return groups_and_balances(found.basis, np.arange(columns) if order is None else order)


def test_finds_disjoint_groups_and_balances_of_other_degrees(rng):
    """Closed form."""
    vectors = [{0: 1, 3: 1}, {1: 1}, {2: 1, 5: -1}, {6: 1, 7: -2}, {8: 1, 9: 1, 10: -1}]
    groups, balances = decide(vectors, 12, rng)
    assert as_sets(groups) == {frozenset({(0, 1), (3, 1)}), frozenset({(1, 1)})}
    expected = [{(2, 1), (5, -1)}, {(6, 1), (7, -2)}, {(8, 1), (9, 1), (10, -1)}]
    assert as_sets(balances) == {frozenset(e) for e in expected}


def test_takes_the_smallest_of_overlapping_groups_then_the_first_in_line(rng):
    """Closed form: a stream 0, 1, 2 whose member 1 is balanced with 3 and 4 and whose member 2 with 5."""
    vectors = [{0: 1, 1: 1, 2: 1}, {1: 1, 3: -1, 4: -1}, {2: 1, 5: -1}]
    groups, balances = decide(vectors, 6, rng)
    assert as_sets(groups) == {frozenset({(0, 1), (1, 1), (2, 1)})}
    assert as_sets(balances) == {frozenset({(1, 1), (3, -1), (4, -1)}), frozenset({(2, 1), (5, -1)})}
    groups, _ = decide(vectors, 6, rng, order=np.array([0, 1, 5, 3, 4, 2]))
    assert as_sets(groups) == {frozenset({(0, 1), (1, 1), (5, 1)})}


def test_groups_and_balances_are_a_basis_of_random_spaces(rng):
    """Identity: same rank together, groups disjoint and minimal; vectors drawn at random, 40 spaces."""
    for _ in range(40):
        columns = int(rng.integers(4, 10))
        drawn = rng.integers(-1, 2, (int(rng.integers(1, 4)), columns))
        vectors = [{i: int(x) for i, x in enumerate(row) if x} or {0: 1} for row in drawn]
        found = null_space(jacobian_with(vectors, columns, rng), 1e-9)
        groups, balances = groups_and_balances(found.basis, np.arange(columns))
        both = np.array([[v.get(i, 0) for i in range(columns)] for v in (*groups, *balances)])
        rank = np.linalg.matrix_rank(np.vstack([both, found.basis]))
        assert len(both) == len(found.basis) == rank == np.linalg.matrix_rank(both)
        if groups:
            members = [i for v in groups for i in v]
            assert len(set(members)) == len(members) and {d for v in groups for d in v.values()} == {1}


def test_a_long_stream_with_many_balances_is_one_group(rng):
    """Closed form: a conventional stage of eight blocks, 3^9 sums of its basis."""
    members = [0, *range(1, 25, 3)]
    vectors = [dict.fromkeys(members, 1)] + [{i: 1, i + 1: -1, i + 2: -1} for i in members[1:]]
    groups, balances = decide(vectors, 26, rng, order=np.array([i % 3 != 1 and i > 0 for i in range(26)]))
    assert as_sets(groups) == {frozenset((i, 1) for i in members)} and len(balances) == 8


def test_components_share_no_column(rng):
    """Identity."""
    basis = np.array([[1, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 1, 0, 1, 0], [0, 0, 0, 0, 1]])
    pieces = list(components(basis))
    assert [len(p) for p in pieces] == [2, 1, 1]
    used = [set(np.flatnonzero(p.any(axis=0))) for p in pieces]
    assert sum(map(len, used)) == len(set().union(*used)) == 5


def test_what_is_felt_a_little_hides_no_symmetry(rng):
    """Closed form: a direction of no whole numbers, felt by 1e-10, beside a group that is not felt at all."""
    matrix = jacobian_with([{0: 1, 3: 1}, {1: 1, 2: 2**0.5}], 5, rng)
    felt = matrix + 1e-10 * np.outer(rng.standard_normal(len(matrix)), [0, 1, 2**0.5, 0, 0])
    found = null_space(felt, 1e-9)
    assert (
        found.basis.tolist() == [[1, 0, 0, 1, 0]] and found.largest_null < 1e-13 < found.smallest_kept < 1e-9
    )


def test_degrees_that_are_no_small_numbers_are_refused(rng):
    """Conformance."""
    with pytest.raises(ArithmeticError, match="small whole numbers"):
        null_space(jacobian_with([{0: 1, 1: 2**0.5}], 3, rng), 1e-9)
    with pytest.raises(ArithmeticError, match="at most 4"):
        groups_and_balances(np.array([[1, 0, 5, 0], [0, 1, 0, 5], [1, 1, 5, 6]]), np.arange(4))
