"""Random numbers that follow from a key and a counter: known answers, moments, independence of what lies beside."""

import math

import numpy as np
import pytest
import torch

from sitheory.bridge.functional.counted_random import UNIT, Draws, key_of, philox

KIND = "conformance"

COUNT = 400_000

KNOWN = (
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
)
"""Counter, key and answer, as the generator's authors publish them (Random123, kat_vectors)."""


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_the_generator_gives_its_authors_known_answers(counter, key, answer):
    words = philox(tuple(torch.tensor([c]) for c in counter), key)
    assert tuple(words[:, 0].tolist()) == answer


def draws(step=3, seed=(7,), purpose=1):
    return Draws(key_of(seed, purpose), torch.tensor(step))


def test_normals_have_the_moments_and_the_distribution_of_normals():
    """Closed form: means and second to fourth moments within five standard errors; Kolmogorov's distance at 1e-6."""
    x = draws().normals(COUNT).numpy()
    for power, moment, spread in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((x**power).mean() - moment) < 5 * math.sqrt(spread / COUNT)
    ordered = np.sort(x)
    normal = np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in ordered[::100]])
    distance = np.abs(normal - (np.arange(COUNT) + 0.5)[::100] / COUNT).max()
    assert distance < math.sqrt(-0.5 * math.log(0.5e-6) / COUNT)
    for lag in (1, COUNT // 4, COUNT // 2):  # neighbours, and the two of one pair
        assert abs((x[lag:] * x[:-lag]).mean()) < 5 / math.sqrt(COUNT - lag)


def test_whole_numbers_below_a_bound_are_equally_likely():
    """Closed form: chi squared of nine places and of two, five standard deviations about its mean."""
    places, coin = draws().below((9, 2), torch.arange(COUNT))
    for found, bound in ((places, 9), (coin, 2)):
        counts = torch.bincount(found, minlength=bound).double()
        assert len(counts) == bound
        chi = float(((counts - COUNT / bound) ** 2).sum() / (COUNT / bound))
        assert chi < bound - 1 + 5 * math.sqrt(2 * (bound - 1))


def test_an_items_words_do_not_depend_on_the_items_beside_it():
    items = torch.tensor([5, 2**40, 11])
    words = draws().words(items)
    for i, item in enumerate(items):
        assert torch.equal(words[:, i], draws().words(item[None])[:, 0])
    assert bool(((words >= 0) & (words < 2**32)).all())
    assert UNIT * 2**32 == 1


@pytest.mark.parametrize("other", [{"step": 4}, {"seed": (8,)}, {"purpose": 2}, {"step": 3 + 2**32}])
def test_other_steps_seeds_and_purposes_have_other_numbers(other):
    same = int((draws(**other).words(torch.arange(1000)) == draws().words(torch.arange(1000))).sum())
    assert same < 3  # of 4000 words of 32 bits
