"""The theory beside real networks: the only room that imports torch, which the extra ``sitheory[torch]`` brings.

The public names load lazily, so that ``from sitheory import bridge`` works without torch; using a name then says
which extra to install.
"""

from typing import Any

import lazy_loader

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    try:
        return _load(name)
    except ModuleNotFoundError as missing:
        if missing.name != "torch":
            raise
        raise ImportError(f"bridge.{name} needs torch: pip install 'sitheory[torch]'") from None
