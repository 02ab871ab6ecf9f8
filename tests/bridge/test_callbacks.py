"""Callbacks of other people's trainers, with the real packages where they are installed (extra [callbacks])."""

from importlib.util import find_spec

import pytest
import torch
from torch import nn

from sitheory import bridge
from sitheory.bridge.watching import callbacks
from tests.bridge.digits_runs import digits, perceptron

KIND = "conformance"


def logged_as_floats(watch):
    latest = watch.latest()
    assert latest and all(isinstance(v, float) for v in latest.values())
    assert latest["total_norm"] == float(watch.dataset()["total_norm"][-1])


def test_the_latest_numbers_are_the_last_row_of_the_log():
    net = perceptron(torch.float32)
    optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.1)
    watch = bridge.Watch(net, optimizer, every=1)
    assert watch.latest() == {}
    x = torch.randn(20, 64)
    for _ in range(3):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), torch.arange(20) % 10).backward()
        optimizer.step()
    logged_as_floats(watch)


@pytest.mark.parametrize(
    ("make", "missing", "packages"),
    [
        ("lightning_callback", "lightning", ("lightning", "pytorch_lightning")),
        ("trainer_callback", "transformers", ("transformers",)),
    ],
)
def test_a_missing_package_is_named_with_the_extra(make, missing, packages, monkeypatch):
    monkeypatch.setattr(callbacks, "find_spec", lambda name: None if name in packages else find_spec(name))
    with pytest.raises(ImportError, match=rf"need {missing} for this callback: .*sitheory\[callbacks\]"):
        getattr(bridge, make)()


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.AdamW])
def test_lightning_is_watched_and_logs(optimizer, tmp_path):
    lightning = pytest.importorskip("pytorch_lightning", reason="needs the extra [callbacks]")
    data = digits(60, 0)

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = perceptron(torch.float32)

        def training_step(self, batch, number):
            return nn.functional.cross_entropy(self.net(batch[0]), batch[1])

        def configure_optimizers(self):
            return optimizer([p for p in self.net.parameters() if p.requires_grad], lr=0.1)

    callback = bridge.lightning_callback("net", every=1)
    options = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = lightning.Trainer(
        max_epochs=2, callbacks=[callback], accelerator="cpu", default_root_dir=tmp_path, **options
    )
    samples = torch.utils.data.TensorDataset(torch.from_numpy(data.x).float(), torch.from_numpy(data.y))
    trainer.fit(Module(), torch.utils.data.DataLoader(samples, 20))
    (watch,) = callback.watches
    assert len(watch.rows) == 6 and "BROKEN" not in str(watch) and watch.stopped is None
    logged_as_floats(watch)
    assert float(trainer.callback_metrics["watch/total_norm"]) == pytest.approx(watch.latest()["total_norm"])


def test_hugging_faces_trainer_is_watched_and_logs(tmp_path):
    transformers = pytest.importorskip("transformers", reason="needs the extra [callbacks]")
    pytest.importorskip("accelerate", reason="needs the extra [callbacks]")
    data = digits(60, 0)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = perceptron(torch.float32)

        def forward(self, x, labels):
            logits = self.net(x)
            return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}

    net, callback = Net(), bridge.trainer_callback(every=1)
    optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.1)
    samples = [
        {"x": torch.from_numpy(x).float(), "labels": int(y)} for x, y in zip(data.x, data.y, strict=True)
    ]
    args = transformers.TrainingArguments(
        str(tmp_path), max_steps=6, logging_steps=2, report_to=[], use_cpu=True, save_strategy="no"
    )
    trainer = transformers.Trainer(
        net, args, train_dataset=samples, callbacks=[callback], optimizers=(optimizer, None)
    )
    trainer.train()
    assert len(callback.watch.rows) == 6 and "BROKEN" not in str(callback.watch)
    logged_as_floats(callback.watch)
    assert any("watch/total_norm" in row for row in trainer.state.log_history)


def test_several_optimisers_of_lightning_have_names_of_their_own(tmp_path):
    """Conformance: the second optimiser's numbers do not stand under the first one's names."""
    lightning = pytest.importorskip("pytorch_lightning", reason="needs the extra [callbacks]")
    data = digits(60, 0)

    class Module(lightning.LightningModule):
        automatic_optimization = False

        def __init__(self):
            super().__init__()
            self.net = perceptron(torch.float32)

        def training_step(self, batch, number):
            for optimizer in self.optimizers():
                self.toggle_optimizer(optimizer)
                optimizer.zero_grad()
                self.manual_backward(nn.functional.cross_entropy(self.net(batch[0]), batch[1]))
                optimizer.step()
                self.untoggle_optimizer(optimizer)

        def configure_optimizers(self):
            first, *others = [p for p in self.net.parameters() if p.requires_grad]
            return [torch.optim.SGD([first], lr=0.1), torch.optim.AdamW(others, lr=1e-3)]

    callback = bridge.lightning_callback("net", every=1)
    options = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = lightning.Trainer(
        max_epochs=1, callbacks=[callback], accelerator="cpu", default_root_dir=tmp_path, **options
    )
    samples = torch.utils.data.TensorDataset(torch.from_numpy(data.x).float(), torch.from_numpy(data.y))
    trainer.fit(Module(), torch.utils.data.DataLoader(samples, 20))
    for i, watch in enumerate(callback.watches):
        assert len(watch.rows) == 3 and "BROKEN" not in str(watch)
        logged = float(trainer.callback_metrics[f"watch/{i}/total_norm"])
        assert logged == pytest.approx(watch.latest()["total_norm"])
    assert callback.watches[0].latest()["total_norm"] != callback.watches[1].latest()["total_norm"]
