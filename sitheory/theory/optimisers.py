"""One step of each optimiser for one weight, as the compiled loops take it, and Muon's for a singular value."""


def averaged(average, value, beta):
    """An average after one more value, beta m + (1 - beta) g [hyperball:momentum-variance]."""
    return beta * average + (1 - beta) * value


def summed(buffer, value, momentum):
    """A sum with momentum after one more value, mu v + g [rotation:sgdm]."""
    return momentum * buffer + value


def coupled(grad, w, wd):
    """The gradient with that of wd |W|^2/2 [hyperball:equivalent]."""
    return grad + wd * w


def decayed(w, update, lr, alpha):
    """W' = alpha W - lr u, decoupled decay with alpha = 1 - lr wd [hyperball:recursion]."""
    return alpha * w - lr * update


def ahead(buffer, value, momentum):
    """Nesterov's direction from the buffer after the step, g + mu v [rotation:sgdm]."""
    return value + momentum * buffer


def adam_direction(average, root, scale, floor):
    """(m/c1)/(sqrt(v/c2) + eps), c = 1 - beta^t [hyperball:update-norm-adamw].

    ``root`` is sqrt(v), ``scale`` sqrt(c2)/c1 and ``floor`` eps sqrt(c2): one division in place of three.
    """
    return average * scale / (root + floor)


def newton_schulz(x, a, b, c):
    """What a step of Newton and Schulz does to a singular value: a x + b x^3 + c x^5 [hyperball:update-norm-muon]."""
    return x * newton_schulz_factor(1, x**2, x**4, a, b, c)


def newton_schulz_factor(one, square, fourth, a, b, c):
    """What that step multiplies by: a + b x^2 + c x^4, of a matrix a I + b X X^T + c (X X^T)^2, entry by entry."""
    return a * one + b * square + c * fourth
