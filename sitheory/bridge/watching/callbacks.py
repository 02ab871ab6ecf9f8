"""A watch as a callback of Lightning's Trainer or of Hugging Face's, with its numbers among the trainer's own logs.

trainer = lightning.Trainer(callbacks=[bridge.lightning_callback(every=10)])
trainer = transformers.Trainer(model, args, callbacks=[bridge.trainer_callback(every=10)])

In a loop of one's own a line does it: ``wandb.log(watch.latest())``, or for TensorBoard
``[writer.add_scalar(n, v, step) for n, v in watch.latest().items()]``.
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any

from torch import nn

from sitheory.bridge.watching.watch import Watch


def lightning_callback(part: str | None = None, **options: Any) -> Any:
    """Return a callback for Lightning's Trainer; ``watches`` holds a watch for each optimiser.

    Its numbers are logged as ``watch/total_norm`` and so on, with several optimisers as ``watch/0/total_norm``.

    Args:
        part: The network's name in the LightningModule; None if the module itself is called in its training step.
        options: Of ``bridge.Watch``.

    Returns:
        The callback, for whichever of the packages ``lightning`` and ``pytorch_lightning`` is here.

    Raises:
        ImportError: If neither is.
    """
    name = next(
        (n for n in ("lightning.pytorch", "pytorch_lightning") if find_spec(n.partition(".")[0])), None
    )
    if name is None:
        raise ImportError("need lightning for this callback: pip install 'sitheory[callbacks]'")
    base: Any = importlib.import_module(name).Callback

    class Watching(base):
        def __init__(self) -> None:
            self.watches: list[Watch] = []

        def on_train_start(self, trainer: Any, module: Any) -> None:
            net = module if part is None else module.get_submodule(part)
            self.watches = [Watch(net, optimizer, **options) for optimizer in trainer.optimizers]

        def on_train_batch_end(self, trainer: Any, module: Any, *_: Any) -> None:
            for i, watch in enumerate(self.watches):
                place = f"watch/{i}" if len(self.watches) > 1 else "watch"
                module.log_dict({f"{place}/{n}": v for n, v in watch.latest().items()})

        def on_train_end(self, trainer: Any, module: Any) -> None:
            for watch in self.watches:
                watch.close()

    return Watching()


def trainer_callback(**options: Any) -> Any:
    """Return a callback for Hugging Face's Trainer; ``watch`` holds the watch once training has begun.

    Its numbers stand in the trainer's ``log_history`` and in what is printed. Trainer puts its own reporters (W&B,
    TensorBoard) before other callbacks, and those have logged by then: put this one first,
    ``trainer.callback_handler.callbacks.insert(0, callback)``, to have its numbers reported.

    Args:
        options: Of ``bridge.Watch``.

    Returns:
        The callback.

    Raises:
        ImportError: If transformers is not here.
    """
    if find_spec("transformers") is None:
        raise ImportError("need transformers for this callback: pip install 'sitheory[callbacks]'")
    base: Any = importlib.import_module("transformers").TrainerCallback

    class Watching(base):
        watch: Watch | None = None
        running = False  # the handler may have it in two places

        def on_train_begin(
            self, args: Any, state: Any, control: Any, *, model: nn.Module, optimizer: Any, **_: Any
        ) -> None:
            if not self.running:
                self.watch, self.running = Watch(model, optimizer, **options), True

        def on_log(self, args: Any, state: Any, control: Any, *, logs: dict[str, Any], **_: Any) -> None:
            if self.watch is not None:
                found = {f"watch/{n}": v for n, v in self.watch.latest().items()}
                logs.update(found)
                state.log_history[-1].update(found)

        def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.running = False
            if self.watch is not None:
                self.watch.close()

    return Watching()
