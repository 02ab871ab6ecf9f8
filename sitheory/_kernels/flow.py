"""The sharpness-reduction flow on the cone: Dormand and Prince's fifth-order pair, projected each step."""

import numpy as np

from sitheory._kernels.caching import cached
from sitheory._kernels.formulas import compiled
from sitheory.theory import kernels, sharpness

_height = compiled(kernels.valley_height)
_flow_rate = compiled(sharpness.cone_log_sharp_grad)
_flow_speed = compiled(sharpness.flow_speed)

_SHRINK, _GROW, _SAFE = 0.2, 5.0, 0.9


@cached()
def cone_rate(x, alpha, out):
    """Write d x / d tau of eq. 3 on the cone's minimisers, x of squared norm 1/2 [sharpness eq. 3].

    Args:
        x: Shape (n,).
        alpha: Heights, shape (n,).
        out: Receives the rate, shape (n,).
    """
    slope = 0.0
    for i in range(len(x)):
        slope += _height(alpha[i], x[i])
    grad_sq = 0.0
    for i in range(len(x)):
        out[i] = _flow_rate(alpha[i], x[i], slope)
        grad_sq += out[i] * out[i]
    speed = -_flow_speed(grad_sq)
    for i in range(len(x)):
        out[i] *= speed


@cached()
def cone_flow(x, alpha, times, rtol, atol, most):
    """Follow the flow from x at time 0 and return it at increasing ``times``.

    Args:
        x: The start, shape (n,), of squared norm 1/2.
        alpha: Heights, shape (n,).
        times: Shape (T,), not decreasing, from 0 on.
        rtol: Relative tolerance of a step.
        atol: Absolute tolerance of a step.
        most: At most this many steps.

    Returns:
        The points, shape (T, n), NaN past the last step allowed, and the number of steps.
    """
    n = len(x)
    y, seen = x.copy(), np.full((len(times), n), np.nan)
    k = np.empty((7, n))
    trial = np.empty(n)
    cone_rate(y, alpha, k[0])
    now, step, steps = 0.0, 0.01, 0
    for row in range(len(times)):
        while now < times[row]:
            if steps == most:
                return seen, steps
            last = now + step >= times[row]
            h = times[row] - now if last else step
            for i in range(n):
                trial[i] = y[i] + h * k[0, i] / 5.0
            cone_rate(trial, alpha, k[1])
            for i in range(n):
                trial[i] = y[i] + h * (3.0 / 40.0 * k[0, i] + 9.0 / 40.0 * k[1, i])
            cone_rate(trial, alpha, k[2])
            for i in range(n):
                trial[i] = y[i] + h * (44.0 / 45.0 * k[0, i] - 56.0 / 15.0 * k[1, i] + 32.0 / 9.0 * k[2, i])
            cone_rate(trial, alpha, k[3])
            for i in range(n):
                trial[i] = y[i] + h * (
                    19372.0 / 6561.0 * k[0, i]
                    - 25360.0 / 2187.0 * k[1, i]
                    + 64448.0 / 6561.0 * k[2, i]
                    - 212.0 / 729.0 * k[3, i]
                )
            cone_rate(trial, alpha, k[4])
            for i in range(n):
                trial[i] = y[i] + h * (
                    9017.0 / 3168.0 * k[0, i]
                    - 355.0 / 33.0 * k[1, i]
                    + 46732.0 / 5247.0 * k[2, i]
                    + 49.0 / 176.0 * k[3, i]
                    - 5103.0 / 18656.0 * k[4, i]
                )
            cone_rate(trial, alpha, k[5])
            for i in range(n):
                trial[i] = y[i] + h * (
                    35.0 / 384.0 * k[0, i]
                    + 500.0 / 1113.0 * k[2, i]
                    + 125.0 / 192.0 * k[3, i]
                    - 2187.0 / 6784.0 * k[4, i]
                    + 11.0 / 84.0 * k[5, i]
                )
            cone_rate(trial, alpha, k[6])
            error = 0.0
            for i in range(n):
                wrong = h * (
                    71.0 / 57600.0 * k[0, i]
                    - 71.0 / 16695.0 * k[2, i]
                    + 71.0 / 1920.0 * k[3, i]
                    - 17253.0 / 339200.0 * k[4, i]
                    + 22.0 / 525.0 * k[5, i]
                    - 1.0 / 40.0 * k[6, i]
                )
                scale = atol + rtol * max(abs(y[i]), abs(trial[i]))
                error += (wrong / scale) ** 2
            error = np.sqrt(error / n)
            steps += 1
            factor = _GROW if error == 0.0 else min(_GROW, max(_SHRINK, _SAFE * error**-0.2))
            if error <= 1.0:
                norm_sq = 0.0
                for i in range(n):
                    norm_sq += trial[i] * trial[i]
                onto = 1.0 / np.sqrt(2.0 * norm_sq)
                for i in range(n):
                    y[i] = trial[i] * onto
                    k[0, i] = k[6, i]
                now = times[row] if last else now + h
                if not last or factor < 1.0:
                    step = h * factor
            else:
                step = h * factor
        seen[row, :] = y
    return seen, steps
