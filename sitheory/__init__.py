"""What scale-invariant neural networks do, said exactly.

The public names load lazily, so that ``import sitheory`` costs nothing: losses (``Quotients``, ``Fourier``,
``SphereQuadratics``, ``BatchNormRegression``, ``Cone``, ``Valley``, ``MatrixCompletion``, ``Compiled``,
``RandomWalk``), rules (``SphereGD``, ``DecayGD``, ``ScalarRMSprop``, ``Momentum``, ``Nesterov``, ``AdamW``, ``AdamL2``,
``Lion``, ``Muon``, ``Hyperball``) and their ``schedules``, runs (``simulate``, ``sweep``, ``bifurcation``), measures
(``regime``, ``time_average``, ``lyapunov``, ``period``, ``jumps``, ``phases``, ``cycle``, ``sharpness``), results
(``save``, ``load``), what to cite (``citations``), a check of a loss of your own (``check_loss``), and every
formula in ``theory``.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
