from .descent import (
    DecayGD as DecayGD,
    ScalarRMSprop as ScalarRMSprop,
    SphereGD as SphereGD,
)
from .optimisers import (
    OPTIMISERS as OPTIMISERS,
    AdamL2 as AdamL2,
    AdamW as AdamW,
    Hyperball as Hyperball,
    Lion as Lion,
    Momentum as Momentum,
    Muon as Muon,
    Nesterov as Nesterov,
    Rule as Rule,
    Scaling as Scaling,
)
from .schedules import (
    CONSTANT as CONSTANT,
    Constant as Constant,
    Cosine as Cosine,
    Linear as Linear,
    Schedule as Schedule,
    WarmupStableDecay as WarmupStableDecay,
)
