"""Loops of gradient descent over the cone, and of scalar RMSprop over the valley; one D-vector a run.

Arguments are trusted; arrays are float64 and contiguous.
"""

import numpy as np

from sitheory._kernels.caching import cached
from sitheory._kernels.formulas import compiled
from sitheory.theory import kernels, periodic, sharpness

_kept = compiled(periodic.resting_cos)
_cone_walls = compiled(kernels.cone_walls)
_cone_rate = compiled(kernels.cone_rate)
_cone_step = compiled(kernels.cone_step)
_valley_wall = compiled(sharpness.valley_wall)
_valley_height = compiled(kernels.valley_height)
_valley_grad = compiled(kernels.valley_grad)
_valley_step = compiled(kernels.valley_step)
_valley_step_across = compiled(kernels.valley_step_across)
_moment = compiled(sharpness.rmsprop_moment)


@cached()
def cone_steps(w, alpha, sign, beta, quartic, lr, wd, steps, states, every):
    """Step w (D,) in place by gradient descent with weight decay, keeping each ``every``-th state before it.

    Args:
        w: The weights (x, z, t).
        alpha: Heights, 0 for z and t, shape (D,).
        sign: 1 for x, -1 for z, 0 for t, shape (D,).
        beta: Curvatures, 0 for x and z, shape (D,).
        quartic: Stiffness beyond the minimisers.
        lr: Learning rate.
        wd: Weight decay.
        steps: How many steps.
        states: Receives the records, shape (ceil(steps / every), D).
        every: Keep each k-th state.
    """
    keep = _kept(lr, wd)
    for row in range(len(states)):
        states[row, :] = w
        for _ in range(min(every, steps - row * every)):
            norm_sq, slope, cone, side = 0.0, 0.0, 0.0, 0.0
            for i in range(len(w)):
                square = w[i] * w[i]
                norm_sq += square
                slope += alpha[i] * square
                cone += sign[i] * square
                side += beta[i] * square
            inverse = 1.0 / norm_sq
            slope, cone, side = slope * inverse, cone * inverse, side * inverse
            wall, bend, rest = _cone_walls(slope, cone, side, quartic)
            step = _cone_rate(lr, inverse)
            for i in range(len(w)):
                w[i] = _cone_step(w[i], alpha[i], sign[i], beta[i], wall, bend, rest, step, keep)


@cached()
def valley_steps(w, moment, alpha, soft, lr, decay, after, steps, states, every):
    """Step w = (x, y) in place by scalar RMSprop, keeping each ``every``-th (w, moment) before it.

    Args:
        w: The weights, shape (D,).
        moment: The moving average of |grad|^2, shape (1,).
        alpha: Heights, shape (D - 1,).
        soft: What flattens the walls, 0 for a parabola.
        lr: Learning rate.
        decay: Share of the old moment that stays.
        after: Whether the moment takes the new gradient before the step uses it.
        steps: How many steps.
        states: Receives the records, shape (ceil(steps / every), D + 1).
        every: Keep each k-th state.
    """
    n = len(alpha)
    for row in range(len(states)):
        states[row, : n + 1] = w
        states[row, n + 1] = moment[0]
        for _ in range(min(every, steps - row * every)):
            y, height, grad_sq = w[n], 1.0, 0.0
            slope, wall = y, 0.5 * y * y
            if soft > 0.0:
                slope = np.sin(soft * y) / soft
                wall, _, _ = _valley_wall(slope, np.cos(soft * y))
            for i in range(n):
                height += _valley_height(alpha[i], w[i])
                grad_sq += _valley_grad(alpha[i], w[i], wall) ** 2
            grad_sq += (height * slope) ** 2
            later = _moment(moment[0], grad_sq, decay)
            step = lr / np.sqrt(later if after else moment[0])
            moment[0] = later
            for i in range(n):
                w[i] = _valley_step(w[i], alpha[i], wall, step)
            w[n] = _valley_step_across(y, height, slope, step)
