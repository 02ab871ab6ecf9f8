"""The same work as others would write it; each maker returns a callable, or None where not installed."""

import importlib
import math

import numpy as np
from numba import njit


def _installed(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def numpy_ensemble(x2, y2, alpha, elr, steps):
    """The ensemble's algebra in whole arrays."""
    u, v = x2.copy(), y2.copy()
    rate = 2 * elr * np.array(alpha)[:, None]

    def work():
        nonlocal u, v
        for t in range(steps):
            s = u + v
            whole = s.sum(axis=0)
            if t % 8 == 0:
                scale = np.ldexp(1.0, -np.frexp(whole)[1])
                u, v, s, whole = u * scale, v * scale, s * scale, whole * scale
            s *= s
            d = rate * whole
            d /= s
            a, b = d * v, d * u
            np.subtract(1.0, a, out=a)
            b += 1.0
            a *= a
            b *= b
            u *= a
            v *= b

    return work


def numpy_printed(x2, y2, alpha, elr, steps):
    """The equations as they are printed, in whole arrays [regimes eqs. 2, 18]."""
    norm = np.sqrt((x2 + y2).sum(axis=0))
    x, y = np.sqrt(x2) / norm, np.sqrt(y2) / norm
    weights = np.array(alpha)[:, None]

    def work():
        nonlocal x, y
        for _ in range(steps):
            slope = 2 * weights * x * y / (x**2 + y**2) ** 2
            x, y = x - elr * slope * y, y + elr * slope * x
            norm = np.sqrt((x**2 + y**2).sum(axis=0))
            x, y = x / norm, y / norm

    return work


@njit
def _naive_steps(x, y, alpha, lr, steps):
    """[regimes eqs. 2, 18] on the unit sphere, normalised at every step."""
    for _ in range(steps):
        norm = 0.0
        for i in range(len(x)):
            slope = 2 * alpha[i] * x[i] * y[i] / (x[i] ** 2 + y[i] ** 2) ** 2
            x[i], y[i] = x[i] - lr * slope * y[i], y[i] + lr * slope * x[i]
            norm += x[i] ** 2 + y[i] ** 2
        norm = math.sqrt(norm)
        for i in range(len(x)):
            x[i] /= norm
            y[i] /= norm


@njit
def _naive_lanes(x, y, alpha, elr, steps):
    for lane in range(x.shape[0]):
        _naive_steps(x[lane], y[lane], alpha, elr[lane], steps)


def naive_ensemble(x2, y2, alpha, elr, steps):
    """One lane after the other, as the equations are printed."""
    norm = np.sqrt((x2 + y2).sum(axis=0))
    x, y = (np.ascontiguousarray((np.sqrt(z) / norm).T) for z in (x2, y2))
    return lambda: _naive_lanes(x, y, np.array(alpha), elr, steps)


def naive_single(x, y, alpha, elr, steps):
    """One trajectory, as the equations are printed."""
    norm = math.hypot(*x, *y)
    x, y = np.array(x) / norm, np.array(y) / norm
    return lambda: _naive_steps(x, y, np.array(alpha), elr, steps)


def jax_ensemble(x2, y2, alpha, elr, steps):
    """The ensemble's algebra, compiled by XLA."""
    jax = _installed("jax")
    if jax is None:
        return None
    jax.config.update("jax_enable_x64", True)
    rate = 2 * elr * np.array(alpha)[:, None]

    def step(_, state):
        u, v = state
        s = u + v
        whole = s.sum(axis=0)
        d = rate * whole / (s * s)
        a, b = 1.0 - d * v, 1.0 + d * u
        return u * (a * a) / whole, v * (b * b) / whole

    run = jax.jit(lambda u, v: jax.lax.fori_loop(0, steps, step, (u, v)))
    return lambda: jax.block_until_ready(run(x2, y2))


@njit
def _sphere_map(state, parameters):
    """The naive step in pynamicalsys' form: parameters are the total ELR and the coefficients."""
    n = len(state) // 2
    moved = state.copy()
    _naive_steps(moved[:n], moved[n:], parameters[1:], parameters[0], 1)
    return moved


def pynamicalsys_single(x, y, alpha, elr, steps):
    """One trajectory of a user's map, of which pynamicalsys keeps all states."""
    library = _installed("pynamicalsys")
    if library is None:
        return None
    system = library.DiscreteDynamicalSystem(
        mapping=_sphere_map, system_dimension=2 * len(x), number_of_parameters=1 + len(x)
    )
    state = np.array([*x, *y]) / math.hypot(*x, *y)
    parameters = np.array([elr, *alpha])
    return lambda: system.trajectory(state, steps, parameters=parameters)
