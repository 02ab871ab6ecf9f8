"""What scale-invariant neural networks do, said exactly.

The public names load lazily, so that ``import sitheory`` costs nothing: losses (``Quotients``, ``Fourier``,
``SphereQuadratics``, ``BatchNormRegression``, ``Cone``, ``Valley``, ``MatrixCompletion``, ``Compiled``), rules
(``SphereGD``, ``DecayGD``, ``ScalarRMSprop``), runs (``simulate``, ``sweep``, ``bifurcation``), measures
(``regime``, ``time_average``, ``lyapunov``, ``period``, ``jumps``, ``phases``, ``cycle``, ``sharpness``), results
(``save``, ``load``), what to cite (``citations``), a check of a loss of your own (``check_loss``), and every
formula in ``theory``.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "Quotients": "losses",
    "ScaleInvariantLoss": "losses",
    "check_loss": "losses",
    "BatchNormRegression": "regression_loss",
    "Cone": "surfaces",
    "MatrixCompletion": "surfaces",
    "Valley": "surfaces",
    "SphereGD": "rules",
    "DecayGD": "rules",
    "Fourier": "losses_planar",
    "SphereQuadratics": "losses_compiled",
    "Compiled": "losses_compiled",
    "ScalarRMSprop": "rules",
    "sharpness": "spectra",
    "simulate": "simulation",
    "sweep": "rule_sweep",
    "bifurcation": "simulation",
    "Regime": "measure",
    "regime": "measure",
    "regime_decision": "measure",
    "time_average": "measure",
    "lyapunov": "measure",
    "period": "measure",
    "jumps": "measure_decay",
    "phases": "measure_decay",
    "cycle": "measure_decay",
    "save": "trajectory",
    "load": "trajectory",
    "citations": "citing",
}
_MODULES = (
    "edge",
    "flow",
    "losses",
    "measure",
    "rules",
    "series",
    "spectra",
    "sweeps",
    "theory",
    "trajectory",
)

__all__ = sorted([*_HOMES, "theory"])


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(f"sitheory.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return import_module(f"sitheory.{name}")
    raise AttributeError(f"module 'sitheory' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_MODULES])
