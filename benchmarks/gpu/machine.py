"""Where the checks of a GPU run, and on what data; on a CPU, which then stands for both devices, they are tiny."""

import contextlib
import time
from dataclasses import dataclass
from unittest.mock import patch

import numpy as np

SIDE, CLASSES = 32, 10


class Impossible(Exception):
    """What this machine cannot show."""


@dataclass(frozen=True)
class Machine:
    """Where checks run; on a CPU they are tiny."""

    device: str = "cuda"

    @property
    def tiny(self):
        return self.device == "cpu"

    @property
    def side(self):
        """Of images."""
        return 8 if self.tiny else SIDE

    def missing(self):
        """Return what keeps all checks from running here, in a line, or None."""
        import torch

        if self.device not in ("cuda", "cpu"):
            return f"need --device cuda or cpu, got {self.device!r}"
        if self.tiny or torch.cuda.is_available():
            return None
        return "need a CUDA device, and torch sees none here; --device cpu tries the checks at a tiny size"

    def told(self):
        """What the machine is, in words; begins to use it."""
        import torch

        found = {
            "torch": torch.__version__,
            "cuda": torch.version.cuda,
            "cudnn": torch.backends.cudnn.version(),
        }
        if self.tiny:
            torch.set_num_threads(1)
            return {**found, "device": "cpu"}
        torch.zeros((), device=self.device).item()
        free, whole = torch.cuda.mem_get_info()
        return {
            **found,
            "device": torch.cuda.get_device_name(),
            "capability": torch.cuda.get_device_capability(),
            "memory": whole,
            "free": free,
        }

    def sync(self):
        """Wait for the device."""
        import torch

        if not self.tiny:
            torch.cuda.synchronize()

    def seconds(self, work):
        """The time of a call, all of its work on the device done."""
        self.sync()
        begin = time.perf_counter()
        work()
        self.sync()
        return time.perf_counter() - begin

    @contextlib.contextmanager
    def recording(self):
        """Let training record its steps; a CPU does each twice and calls that recorded, as the tests do."""
        from sitheory.bridge.training import train
        from sitheory.bridge.training.run import Run

        if not self.tiny:
            yield
            return

        def twice_before(work):
            work(), work()
            return work

        with patch.object(train, "cuda_graphs", lambda *how: twice_before), patch.object(Run, "on_gpu", True):
            yield

    def recorder(self):
        """What records work outside training."""
        import torch

        from sitheory.bridge.functional.cuda_graphs import cuda_graphs

        return None if self.tiny else cuda_graphs(torch.device(self.device))


def must(right, words):
    if not right:
        raise AssertionError(words)


def images(count, side):
    """Random bytes in the shape of CIFAR, normalised as CIFAR is; a fifth as many to test, as there."""
    from sitheory.bridge.data.dataset import Data

    draw, tests = np.random.default_rng(0), count // 5
    x = draw.integers(0, 256, (count + tests, 3, side, side), dtype=np.uint8)
    y = draw.integers(0, CLASSES, count + tests)
    return Data("noise", CLASSES, x[:count], y[:count], x[count:], y[count:]).normalised()


def texts(count):
    """Random tokens."""
    from sitheory.bridge.data.dataset import Data

    draw = np.random.default_rng(0)
    x, x_test = draw.integers(1, 50, (2, count, 16))
    y, y_test = draw.integers(0, 4, (2, count))
    return Data("tokens", 4, x, y, x_test, y_test, tokens=50)
