"""What pytest leaves alone: the notebook, where its extra is not installed."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("marimo") else ["sitheory/explore/notebook.py"]
