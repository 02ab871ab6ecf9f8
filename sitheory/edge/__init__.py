"""Runs at the edge of stability, the sharpness-reduction flow, and how closely the one follows the other."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
