from .cycles import (
    Behaviour as Behaviour,
    Cycle as Cycle,
    cycle as cycle,
    find_cycle as find_cycle,
    find_phases as find_phases,
    jump_bounds as jump_bounds,
    jumps as jumps,
    phases as phases,
    turns as turns,
)
from .periods import (
    find_period as find_period,
    lyapunov as lyapunov,
    period as period,
    time_average as time_average,
)
from .regimes import (
    Regime as Regime,
    RegimeDecision as RegimeDecision,
    decide_regime as decide_regime,
    regime as regime,
    regime_decision as regime_decision,
)
from .spherical_sharpness import (
    Sharpness as Sharpness,
    hessian as hessian,
    lanczos as lanczos,
    sharpness as sharpness,
)
from .statistics import (
    Estimate as Estimate,
    estimate as estimate,
    power as power,
    relative_spread as relative_spread,
)
