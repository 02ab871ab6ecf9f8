"""Scale-invariant functions in general: f(cw) = f(w).

Squares stand in for norms (``norm_sq`` is rho^2), so that no formula needs a root and each of them
runs on floats, arrays, exact fractions, symbols, solver terms and balls alike.
"""


def elr(lr, norm_sq):
    """Effective learning rate, eta / rho^2 [regimes eq. 3, periodic remark 3]."""
    return lr / norm_sq


def lr_at(elr, norm_sq):
    """The learning rate eta = elr * rho^2 that gives an effective one [regimes eq. 3]."""
    return elr * norm_sq


def eff_grad_sq(grad_sq, norm_sq):
    """Squared effective gradient norm, (rho g)^2 [si:effective-gradient]."""
    return norm_sq * grad_sq


def ess_sq(elr, eff_grad_sq):
    """Squared effective step size, (elr * eff_grad)^2 [regimes eq. 4]."""
    return elr**2 * eff_grad_sq


def inverse_cos_sq(ess_sq):
    """1 / cos^2 of the angle a step turns, when the gradient is orthogonal to w [periodic eq. 8]."""
    return 1 + ess_sq


def cos_dist(ess_sq, inverse_cos):
    """1 - cos of the angle a step turns, without cancellation [periodic eq. 8].

    ``inverse_cos`` is the root of ``inverse_cos_sq(ess_sq)`` in the world that the arguments live in.
    """
    return ess_sq / (inverse_cos * (1 + inverse_cos))


def elr_with_decay(lr, wd, norm_sq):
    """The ELR whose step on the unit sphere is the step with weight decay [periodic §2, sharpness lemma 3.1]."""
    return lr / ((1 - lr * wd) * norm_sq)


def step_norm_sq(norm_sq, grad_sq, inner, rate):
    """|w - rate * grad|^2 for any loss, where ``inner`` is <w, grad> [si:step-turn]."""
    return norm_sq - 2 * rate * inner + rate**2 * grad_sq


def step_sin_sq(norm_sq, grad_sq, inner, rate):
    """sin^2 of the angle between w and w - rate * grad, without cancellation where it is small [si:step-turn].

    Where the gradient is orthogonal to w, 1 / cos^2 is ``inverse_cos_sq`` of the squared ESS.
    """
    after_sq = step_norm_sq(norm_sq, grad_sq, inner, rate)
    return rate**2 * (norm_sq * grad_sq - inner**2) / (norm_sq * after_sq)


def heavy_ball_step(x, buffer, grad, momentum, lr, wd):
    """The buffer and the weights after one step of SGD with momentum and coupled decay [beyond:momentum-law]."""
    buffer = momentum * buffer + grad + wd * x
    return x - lr * buffer, buffer


def averaged_step(x, average, grad, momentum, lr, wd):
    """The same for an average of gradients with decoupled decay [beyond:momentum-law]."""
    average = momentum * average + (1 - momentum) * grad
    return (1 - lr * wd) * x - lr * average, average


def heavy_ball_dot_next(norm_sq, dot, momentum, lr, wd):
    """<x_{t+1}, x_t> from |x_t|^2 and <x_t, x_{t-1}>: no gradient enters [beyond:momentum-law]."""
    return (1 + momentum - lr * wd) * norm_sq - momentum * dot


def averaged_dot_next(norm_sq, dot, momentum, lr, wd):
    """The same for an average of gradients with decoupled decay [beyond:momentum-law]."""
    return (1 + momentum - lr * wd) * norm_sq - momentum * (1 - lr * wd) * dot
