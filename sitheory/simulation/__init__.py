"""Runs of update rules: one trajectory, a sweep, a bifurcation diagram, beta-sequences."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
