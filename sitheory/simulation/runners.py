"""One runner for each rule: how a run starts, is sampled and is averaged, whatever the loss."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from sitheory.rules import OPTIMISERS, DecayGD, ScalarRMSprop, SphereGD
from sitheory.simulation import decay, optimisers, rmsprop, sphere
from sitheory.simulation.starts import checked_decay_start, on_sphere

RUNNERS = {
    SphereGD: sphere,
    DecayGD: decay,
    ScalarRMSprop: rmsprop,
    **dict.fromkeys(OPTIMISERS, optimisers),
}
"""Modules of one face: ``samples`` and ``window_means``, both of (loss, rule, steps, w, ...)."""


def runner(loss: Any, rule: Any) -> ModuleType:
    """Return the runner of a rule.

    Args:
        loss: What it is to minimise.
        rule: An update rule.

    Returns:
        The module whose ``samples`` and ``window_means`` run it.

    Raises:
        ValueError: If no runner knows the rule, or what the rule's runner reports holds for scale-invariant losses only
            and this is none.
    """
    if type(rule) not in RUNNERS:
        known = ", ".join(kind.__name__ for kind in RUNNERS)
        raise ValueError(f"need a rule of {known}, got {type(rule).__name__}")
    if not getattr(loss, "scale_invariant", True) and isinstance(rule, (SphereGD, DecayGD)):
        raise ValueError(f"need a scale-invariant loss for {type(rule).__name__}, got {type(loss).__name__}")
    return RUNNERS[type(rule)]


def start_of(loss: Any, rule: Any, start: np.ndarray) -> np.ndarray:
    """Return a start as the rule takes it: on the unit sphere, or of the norm that it has.

    Args:
        loss: Where the start lives.
        rule: The update rule.
        start: Shape (dim,).

    Returns:
        The start, checked, shape (dim,).
    """
    return on_sphere(loss, start) if isinstance(rule, SphereGD) else checked_decay_start(loss, start)
