"""The bridge's door: lazy names, and one clear line where torch is missing."""

import subprocess
import sys

import pytest

KIND = "conformance"

BLOCK = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
"""


def without_torch(code):
    """Run code in a Python of its own in which torch is not installed."""
    blocked = BLOCK + code
    return subprocess.run(
        [sys.executable, "-c", blocked], capture_output=True, text=True, timeout=120, check=False
    )


def test_without_torch_the_bridge_imports_and_a_name_says_which_extra_to_install():
    """Conformance."""
    done = without_torch(
        "import sitheory\nfrom sitheory import bridge\nprint(len(dir(bridge)))\nbridge.ConvNet"
    )
    assert int(done.stdout) > 10
    last = done.stderr.strip().splitlines()[-1]
    assert last == "ImportError: bridge.ConvNet needs torch: pip install 'sitheory[torch]'"


def test_without_torch_everything_else_works():
    """Conformance: the library's public names, and the bridge's data."""
    code = """
import sitheory
from sitheory import bridge
for name in sitheory.__all__:
    getattr(sitheory, name)
print(bridge.data.digits().x.shape)
"""
    done = without_torch(code)
    assert done.returncode == 0 and done.stdout.strip() == "(1500, 1, 8, 8)", done.stderr


def test_importing_the_bridge_imports_no_torch():
    """Conformance: the names are lazy."""
    code = "import sys\nfrom sitheory import bridge\nassert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_every_public_name_resolves():
    """Conformance."""
    pytest.importorskip("torch")
    from sitheory import bridge

    assert all(getattr(bridge, name) is not None for name in bridge.__all__)
    with pytest.raises(AttributeError, match="attribute nothing"):
        _ = bridge.nothing
