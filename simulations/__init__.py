"""One file an experiment: a frozen configuration whose hash names its result in ``results/``."""
