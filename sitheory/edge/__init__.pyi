from .decimal import (
    run_decimal as run_decimal,
)
from .events import (
    Landmarks as Landmarks,
)
from .observations import (
    energies as energies,
    observe as observe,
)
from .regression import (
    Form as Form,
    RegressionRun as RegressionRun,
    RegressionState as RegressionState,
    run_regression as run_regression,
    state_of as state_of,
    top_eigenvalues as top_eigenvalues,
    weights_of as weights_of,
)
from .rmsprop import (
    follow_rmsprop as follow_rmsprop,
)
from .sharpness_flow import (
    flow as flow,
    integrate as integrate,
    rate as rate,
)
from .tracking import (
    Trace as Trace,
    begin as begin,
    displacement as displacement,
    follow as follow,
    trace as trace,
)
