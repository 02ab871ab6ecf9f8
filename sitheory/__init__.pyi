from . import (
    edge as edge,
    losses as losses,
    measure as measure,
    rules as rules,
    simulation as simulation,
    sweeps as sweeps,
    theory as theory,
    trajectory as trajectory,
)
from .losses.compiled import (
    Compiled as Compiled,
    SphereQuadratics as SphereQuadratics,
)
from .losses.curved import (
    Cone as Cone,
    MatrixCompletion as MatrixCompletion,
    Valley as Valley,
)
from .losses.planar import (
    Fourier as Fourier,
)
from .losses.protocol import (
    ScaleInvariantLoss as ScaleInvariantLoss,
    check_loss as check_loss,
)
from .losses.quotients import (
    Quotients as Quotients,
)
from .losses.random_walk import (
    HeavyTailed as HeavyTailed,
    Isotropic as Isotropic,
    Orthogonal as Orthogonal,
    RandomWalk as RandomWalk,
)
from .losses.regression import (
    BatchNormRegression as BatchNormRegression,
)
from .measure.cycles import (
    cycle as cycle,
    jumps as jumps,
    phases as phases,
)
from .measure.periods import (
    lyapunov as lyapunov,
    period as period,
    time_average as time_average,
)
from .measure.regimes import (
    Regime as Regime,
    regime as regime,
    regime_decision as regime_decision,
)
from .measure.spherical_sharpness import (
    sharpness as sharpness,
)
from .references.citations import (
    citations as citations,
)
from .rules.descent import (
    DecayGD as DecayGD,
    ScalarRMSprop as ScalarRMSprop,
    SphereGD as SphereGD,
)
from .rules.optimisers import (
    AdamL2 as AdamL2,
    AdamW as AdamW,
    Hyperball as Hyperball,
    Lion as Lion,
    Momentum as Momentum,
    Muon as Muon,
    Nesterov as Nesterov,
    Scaling as Scaling,
)
from .rules.schedules import (
    Constant as Constant,
    Cosine as Cosine,
    Linear as Linear,
    WarmupStableDecay as WarmupStableDecay,
)
from .simulation.bifurcation_diagram import (
    bifurcation as bifurcation,
)
from .simulation.rule_sweep import (
    sweep as sweep,
)
from .simulation.single_run import (
    simulate as simulate,
)
from .trajectory.schema import (
    load as load,
    save as save,
)

__version__: str
