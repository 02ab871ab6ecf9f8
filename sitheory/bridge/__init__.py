"""The theory beside real networks: the only room that imports torch, which the extra ``sitheory[torch]`` brings.

The public names load lazily, so that ``from sitheory import bridge`` works without torch; using a name then says
which extra to install.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "Shifted": "augment",
    "Batches": "batches",
    "FullBatch": "batches",
    "GhostBatch": "batches",
    "SingleBatches": "batches",
    "eps_floor": "breaks",
    "what_breaks": "breaks",
    "load_cell": "checkpoints",
    "FlatLoss": "curvature",
    "sharpness": "curvature",
    "Along": "directions",
    "fisher_trace": "fisher",
    "gradient_moments": "fisher",
    "find_groups": "groups",
    "between": "lines",
    "kept_memory": "machine",
    "one_thread": "machine",
    "cross_entropy": "losses",
    "scale_invariant": "making",
    "sharpness_measures": "measures",
    "ConvNet": "networks",
    "MLP": "networks",
    "ResNet18": "networks",
    "ResNet20": "networks",
    "Transformer": "networks",
    "VGG11": "networks",
    "FixedELR": "optimisers",
    "GroupSphereSGD": "optimisers",
    "SGD": "optimisers",
    "Schedule": "optimisers",
    "SphereSGD": "optimisers",
    "ascent": "optimisers",
    "random_walk": "optimisers",
    "Partition": "partition",
    "train": "training",
    "Watch": "watch",
}

_MODULES = ("data", "laws")

__all__ = sorted([*_HOMES, *_MODULES])


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"sitheory.bridge.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'sitheory.bridge' has no attribute {name!r}")
    try:
        home = import_module(f"sitheory.bridge.{_HOMES[name]}")
    except ModuleNotFoundError as missing:
        if missing.name != "torch":
            raise
        raise ImportError(f"bridge.{name} needs torch: pip install 'sitheory[torch]'") from None
    value = getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
