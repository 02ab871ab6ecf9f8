"""The paper's formulas, each once: plain arithmetic, so that numbers, arrays, symbols and Coq all read the same.

The loss is f(x) = a x^2 / 2 with curvature a > 0; ``lr`` is the step size.
"""


def loss(a, x):
    """Return f(x) [eq. 1]."""
    return a * x**2 / 2


def step(a, lr, x):
    """Return x after one step of gradient descent [eq. 2]."""
    return x - lr * a * x


def factor(a, lr):
    """Return by how much a step multiplies x [eq. 3]."""
    return 1 - lr * a


def best_rate(low, high):
    """Return the greatest |factor| over curvatures from low to high, at the best step size [section 2]."""
    return (high - low) / (high + low)
