"""A second look at the compiled Coq files: coqchk types each again, from the file on disk, without coqc's memory.

It sees a module once for each state of its text and of what it needs. What the module needs is admitted in that run:
the development's own files have had one of their own, the standard library and Coquelicot have none here.
"""

import re
import shutil
import subprocess
from pathlib import Path

CHECK_SECONDS = 300
_NONE = (
    "Constants/Inductives relying on type-in-type",
    "Constants/Inductives relying on unsafe (co)fixpoints",
    "Inductives whose positivity is assumed",
)


def installed() -> bool:
    """Whether there is a coqchk."""
    return shutil.which("coqchk") is not None


def check(module: str, folder: Path) -> None:
    """Let coqchk type a compiled module again.

    Args:
        module: Its name in the development.
        folder: Where it stands compiled, with what it needs.

    Raises:
        ValueError: If coqchk does not accept it, or reports anything that it has not to: what.
    """
    command = ["coqchk", "-silent", "-o", "-Q", ".", "Sitheory", "-norec", f"Sitheory.{module}"]
    run = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,  # coqchk writes its summary there
        text=True,
        errors="replace",
        timeout=CHECK_SECONDS,
        cwd=folder,
        check=False,
    )
    why = f"it ends with {run.returncode}: {' '.join(run.stdout.split())[-300:]}" if run.returncode else ""
    why = why or objection(run.stdout)
    if why:
        raise ValueError(f"need a compiled file that coqchk accepts, got {module}.vo: {why}")


def objection(output: str) -> str:
    """What a summary of coqchk's holds that it may not, or lacks; empty if nothing.

    Args:
        output: What ``coqchk -o`` printed.

    Returns:
        One line.
    """
    found = dict(re.findall(r"^\* ([^:]+):(.*?)(?=^\*|\Z)", output, re.MULTILINE | re.DOTALL))
    told = {name: " ".join(text.split()) for name, text in found.items()}
    if told.get("Theory") != "Set is predicative":
        return f"theory: {told.get('Theory')}"
    own = [name for name in told.get("Axioms", "Sitheory.").split() if name.startswith("Sitheory.")]
    if own:
        return f"axioms: {', '.join(own)}"
    return next((f"{name}: {told.get(name)}" for name in _NONE if told.get(name) != "<none>"), "")
