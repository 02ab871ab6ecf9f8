from . import data as data
from .curvature.fisher import (
    fisher_trace as fisher_trace,
    gradient_moments as gradient_moments,
)
from .curvature.spherical_sharpness import (
    FlatLoss as FlatLoss,
    sharpness as sharpness,
)
from .data.batches import (
    Batches as Batches,
    FullBatch as FullBatch,
    GhostBatch as GhostBatch,
    SingleBatches as SingleBatches,
)
from .evaluation.interpolation import (
    between as between,
)
from .evaluation.sharpness_measures import (
    sharpness_measures as sharpness_measures,
)
from .functional.checkpoint_layers import (
    checkpoint_layers as checkpoint_layers,
)
from .functional.checkpoints import (
    load_cell as load_cell,
)
from .functional.device import (
    kept_memory as kept_memory,
    one_thread as one_thread,
)
from .functional.losses import (
    cross_entropy as cross_entropy,
    squared_error as squared_error,
)
from .networks import (
    MLP as MLP,
    VGG11 as VGG11,
    ConvNet as ConvNet,
    LanguageModel as LanguageModel,
    ResNet18 as ResNet18,
    ResNet20 as ResNet20,
    Transformer as Transformer,
)
from .symmetry.broken_invariance import (
    eps_floor as eps_floor,
    what_breaks as what_breaks,
)
from .symmetry.groups import (
    find_groups as find_groups,
)
from .symmetry.make_invariant import (
    scale_invariant as scale_invariant,
)
from .symmetry.partition import (
    Partition as Partition,
)
from .training.augmentation import (
    Shifted as Shifted,
)
from .training.library_rules import (
    optimizer as optimizer,
)
from .training.optimisers import (
    SGD as SGD,
    FixedELR as FixedELR,
    GroupSphereSGD as GroupSphereSGD,
    Schedule as Schedule,
    SphereSGD as SphereSGD,
    ascent as ascent,
    random_walk as random_walk,
)
from .training.search_directions import (
    Along as Along,
)
from .training.train import (
    train as train,
)
from .watching import laws as laws
from .watching.callbacks import (
    lightning_callback as lightning_callback,
    trainer_callback as trainer_callback,
)
from .watching.ruled_run import (
    RuledRun as RuledRun,
)
from .watching.watch import (
    Watch as Watch,
)
