from .compiled import (
    Compiled as Compiled,
    SphereQuadratics as SphereQuadratics,
)
from .curved import (
    Cone as Cone,
    MatrixCompletion as MatrixCompletion,
    Valley as Valley,
)
from .planar import (
    Fourier as Fourier,
)
from .protocol import (
    ScaleInvariantLoss as ScaleInvariantLoss,
    check_loss as check_loss,
)
from .quotients import (
    Quotients as Quotients,
)
from .random_walk import (
    HeavyTailed as HeavyTailed,
    Isotropic as Isotropic,
    Orthogonal as Orthogonal,
    RandomWalk as RandomWalk,
)
from .regression import (
    BatchNormRegression as BatchNormRegression,
)
