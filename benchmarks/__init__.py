"""Speed against peers and ceilings, in one run: ``python -m benchmarks``."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is loaded: peers get one core, as we do
