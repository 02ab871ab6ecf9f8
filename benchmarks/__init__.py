"""Speed against peers and ceilings, in one run: ``python -m benchmarks``."""
