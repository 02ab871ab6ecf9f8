"""``python -m sitheory.explore``."""

import sys

from sitheory.explore import main
from sitheory.reports.command_line import run_command

if __name__ == "__main__":
    sys.exit(run_command("sitheory.explore", main))
