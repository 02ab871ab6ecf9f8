from .beta_sequences import (
    Ensemble as Ensemble,
    absorbing_interval as absorbing_interval,
    orbit as orbit,
)
from .bifurcation_diagram import (
    bifurcation as bifurcation,
)
from .rule_sweep import (
    sweep as sweep,
)
from .single_run import (
    simulate as simulate,
)
from .starts import (
    Rng as Rng,
    on_sphere as on_sphere,
    seed_sequence as seed_sequence,
)
from .windows import (
    WINDOWS as WINDOWS,
    Series as Series,
    window_ends as window_ends,
)
