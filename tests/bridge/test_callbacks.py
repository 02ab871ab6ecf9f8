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


@pytest.mark.nightly
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


@pytest.mark.nightly
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


@pytest.mark.nightly
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


LIGHTNING = {
    "manual": ({}, True),
    "clipped": ({"gradient_clip_val": 0.05}, False),
    "accumulated": ({"accumulate_grad_batches": 3, "gradient_clip_val": 0.05}, False),
    "in bfloat16": ({"precision": "bf16-mixed"}, False),
    "in float64": ({"precision": "64-true"}, False),
}


@pytest.mark.nightly
@pytest.mark.parametrize(("options", "manual"), LIGHTNING.values(), ids=LIGHTNING)
def test_lightning_s_own_loops(options, manual, tmp_path):
    """Conformance: closures, clipping, accumulation, precisions, a schedule, and TensorBoard's log of the numbers."""
    lightning = pytest.importorskip("pytorch_lightning", reason="needs the extra [callbacks]")
    pytest.importorskip("tensorboard", reason="needs tensorboard")
    data = digits(120, 0)

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.net, self.automatic_optimization = perceptron(torch.float32), not manual

        def training_step(self, batch, number):
            loss = nn.functional.cross_entropy(self.net(batch[0]), batch[1])
            if manual:
                self.optimizers().zero_grad()
                self.manual_backward(loss)
                self.optimizers().step()
            return loss

        def configure_optimizers(self):
            params = [p for p in self.net.parameters() if p.requires_grad]
            optimizer = torch.optim.SGD(params, lr=0.1, momentum=0.9, weight_decay=1e-3)
            schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 12)
            return [optimizer], [{"scheduler": schedule, "interval": "step"}]

    callback = bridge.lightning_callback("net", every=1)
    logger = lightning.loggers.TensorBoardLogger(tmp_path)
    quiet = {"enable_checkpointing": False, "enable_progress_bar": False, "log_every_n_steps": 1}
    trainer = lightning.Trainer(
        max_epochs=2, callbacks=[callback], accelerator="cpu", logger=logger, **quiet, **options
    )
    samples = torch.utils.data.TensorDataset(torch.from_numpy(data.x).float(), torch.from_numpy(data.y))
    trainer.fit(Module(), torch.utils.data.DataLoader(samples, 20))
    (watch,) = callback.watches
    assert len(watch.rows) == 12 // options.get("accumulate_grad_batches", 1) and watch.stopped is None
    assert "BROKEN" not in str(watch), str(watch)
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    read = EventAccumulator(logger.log_dir)
    read.Reload()
    assert read.Scalars("watch/total_norm")[-1].value == pytest.approx(watch.latest()["total_norm"], rel=1e-6)


TRAINER = {
    "AdamW": {},
    "accumulated and clipped": {"gradient_accumulation_steps": 3, "max_grad_norm": 0.1, "weight_decay": 0.1},
    "checkpointed": {"gradient_checkpointing": True},
    "in bfloat16": {"bf16": True},
    "SGD": {"optim": "sgd", "learning_rate": 0.1},
    "noise": {"neftune_noise_alpha": 5.0},
    "reported to TensorBoard": {"report_to": ["tensorboard"]},
}


@pytest.mark.nightly
@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize("options", TRAINER.values(), ids=TRAINER)
def test_hugging_faces_trainer_on_a_small_qwen3(options, joint, tmp_path, monkeypatch):
    """Conformance: the published classes, with the groups that are found by default and with the joint stream."""
    transformers = pytest.importorskip("transformers", reason="needs the extra [callbacks]")
    pytest.importorskip("accelerate", reason="needs the extra [callbacks]")
    pytest.importorskip("tensorboard", reason="needs tensorboard")
    monkeypatch.setenv("TENSORBOARD_LOGGING_DIR", str(tmp_path))
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "vocab_size": 50}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}
    torch.manual_seed(0)
    net = transformers.Qwen3ForCausalLM(transformers.Qwen3Config(**sizes, **heads))
    texts = torch.randint(0, 50, (64, 12))
    groups = bridge.find_groups(net, texts[:2]) if joint else "tensor"
    callback = bridge.trainer_callback(every=1, groups=groups)
    usual = {"max_steps": 6, "logging_steps": 2, "report_to": [], "use_cpu": True, "save_strategy": "no"}
    args = transformers.TrainingArguments(
        str(tmp_path), **{**usual, "per_device_train_batch_size": 4, "learning_rate": 1e-3, **options}
    )
    rows = [{"input_ids": t, "labels": t} for t in texts]
    trainer = transformers.Trainer(net, args, train_dataset=rows, callbacks=[callback])
    # In two places: before the reporters, who then have its numbers, and where Trainer put it.
    trainer.callback_handler.callbacks.insert(0, callback)
    trainer.train()
    watch = callback.watch
    assert len(watch.groups.names) == (9 if joint else 4) and len(watch.rows) == 6 and watch.stopped is None
    # NEFTune's noise does not grow with the embedding: with it the stream is not scale-invariant.
    assert ("BROKEN" in str(watch)) == (joint and "neftune_noise_alpha" in options), str(watch)
    logged_as_floats(watch)
    if "report_to" in options:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        read = [EventAccumulator(str(p.parent)) for p in tmp_path.rglob("events.out.*")]
        for found in read:
            found.Reload()
        assert any("watch/total_norm" in tag for found in read for tag in found.Tags()["scalars"])


@pytest.mark.nightly
@pytest.mark.parametrize("first", [True, False])
def test_a_loop_prepared_by_accelerate_and_logged_by_a_line(first, tmp_path, monkeypatch):
    """Conformance: watched before or after ``prepare``, with accumulation and clipping; W&B's line, offline."""
    accelerate = pytest.importorskip("accelerate", reason="needs the extra [callbacks]")
    wandb = pytest.importorskip("wandb", reason="needs wandb")
    monkeypatch.chdir(tmp_path)
    data = digits(120, 0)
    accelerator = accelerate.Accelerator(cpu=True, gradient_accumulation_steps=2)
    net = perceptron(torch.float32)
    optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.1, momentum=0.9)
    samples = torch.utils.data.TensorDataset(torch.from_numpy(data.x).float(), torch.from_numpy(data.y))
    parts = net, optimizer, torch.utils.data.DataLoader(samples, 20)
    watch = bridge.Watch(net, optimizer, every=1) if first else None
    net, optimizer, loader = accelerator.prepare(*parts)
    watch = watch or bridge.Watch(net, optimizer, every=1)
    run = wandb.init(mode="offline", dir=str(tmp_path), settings=wandb.Settings(silent=True))
    for _ in range(2):
        for x, y in loader:
            with accelerator.accumulate(net):
                accelerator.backward(nn.functional.cross_entropy(net(x), y))
                if accelerator.sync_gradients:
                    accelerator.clip_grad_norm_(net.parameters(), 0.5)
                optimizer.step()
                optimizer.zero_grad()
            wandb.log(watch.latest())
    assert run.summary["total_norm"] == watch.latest()["total_norm"]
    run.finish()
    assert len(watch.rows) == 6 and "BROKEN" not in str(watch) and str(watch).count("holds") == 3
