"""Whether the sharpness of a large batch fits a GPU, by what few samples take."""

import pytest

from sitheory.bridge.evaluation.sharpness_memory import FEW, require_fit

KIND = "closed_form"

BASE, EACH = 2**30, 2**22
"""Bytes whatever the samples are, and of each: 50,000 take 196 GiB."""


def test_what_many_samples_take_is_told_from_few():
    """Closed form: bytes that grow by as much with each sample; one byte less than they take is refused."""
    asked = []

    def taken(samples):
        asked.append(samples)
        return BASE + samples * EACH

    require_fit(taken, 50_000, BASE + 50_000 * EACH)
    assert asked == [FEW, 2 * FEW]
    with pytest.raises(
        ValueError, match=r"sharpness of 50000 samples .* about 196 GiB, got 196 GiB: fewer samples"
    ):
        require_fit(taken, 50_000, BASE + 50_000 * EACH - 1)
    with pytest.raises(ValueError, match="got 139 GiB"):
        require_fit(taken, 50_000, 139 * 2**30)
