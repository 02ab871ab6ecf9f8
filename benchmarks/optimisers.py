"""Optimisers on noise: AdamW against numpy, torch and the memory's bandwidth, Muon against numpy's batched svd."""

import numpy as np
from numba import njit

from benchmarks.pairs import Skipped, ratio
from sitheory._kernels import optimisers as kernels
from sitheory.simulation.polar import newton_schulz

SIZE = 1_000_000
STEPS = 5
MATRICES, SIDE = 64, 64
LR, ALPHA, B1, B2, SCALE, FLOOR = 1e-3, 0.9999, 0.9, 0.999, 0.3, 1e-9


def rows(repeats):
    """All lines, one after the other."""
    for part in (adam, muon):
        yield from part(repeats)


@njit(error_model="numpy")
def _copied(a, b, c, d):
    """Read four arrays and write three, as a step of AdamW has to."""
    for i in range(a.size):
        x = a[i] + b[i] + c[i] + d[i]
        a[i], c[i], d[i] = x, x, x


def adam(repeats):
    draw = np.random.default_rng(0)
    w, g, m, v = draw.standard_normal((4, SIZE))
    v **= 2
    arrays = [a.copy() for a in (w, g, m, v)]
    left, right = np.empty(SIZE), np.empty(SIZE)

    def ours():
        for _ in range(STEPS):
            kernels.adam(w, g, m, v, LR, ALPHA, 0.0, B1, B2, SCALE, FLOOR)

    def in_place():
        own_w, own_g, own_m, own_v = arrays
        for _ in range(STEPS):
            np.multiply(own_m, B1, out=own_m)
            np.multiply(own_g, 1 - B1, out=left)
            np.add(own_m, left, out=own_m)
            np.multiply(own_v, B2, out=own_v)
            np.multiply(own_g, own_g, out=left)
            np.multiply(left, 1 - B2, out=left)
            np.add(own_v, left, out=own_v)
            np.sqrt(own_v, out=left)
            np.add(left, FLOOR, out=left)
            np.multiply(own_m, SCALE, out=right)
            np.divide(right, left, out=right)
            np.multiply(right, LR, out=right)
            np.multiply(own_w, ALPHA, out=own_w)
            np.subtract(own_w, right, out=own_w)

    yield ratio("AdamW, 1e6 weights: speed over numpy with out=", ours, in_place, repeats, must=4, aim=8)
    copies = [a.copy() for a in arrays]

    def streams():
        for _ in range(STEPS):
            _copied(*copies)
            for a in copies:
                a[0] = 1.0

    yield ratio(
        "AdamW: time over a kernel that moves the same memory",
        ours,
        streams,
        repeats,
        must=1.5,
        aim=1.2,
        at_most=True,
    )
    try:
        import torch
    except ModuleNotFoundError:
        yield Skipped("AdamW: speed over torch's fused AdamW", "needs torch")
        return
    weight = torch.tensor(arrays[0])
    weight.grad = torch.tensor(arrays[1])
    peer = torch.optim.AdamW([weight], LR, fused=True)

    def fused():
        for _ in range(STEPS):
            peer.step()

    yield ratio("AdamW: speed over torch's fused AdamW", ours, fused, repeats, aim=1)


def muon(repeats):
    stack = np.random.default_rng(0).standard_normal((MATRICES, SIDE, SIDE))
    yield ratio(
        "Muon, 64 matrices of 64 x 64: speed over numpy's batched svd",
        lambda: newton_schulz(stack, 5),
        lambda: np.linalg.svd(stack, full_matrices=False),
        repeats,
        must=5,
    )
