"""The groups of networks as their packages publish them, at random starts: a table for docs/networks.md.

python -m benchmarks.published_networks [NAME ...]

Names choose networks that have one of them in theirs. Rows are printed for what can be imported of torchvision,
transformers and timm; nothing is installed or downloaded.
"""

import importlib
import importlib.metadata
import importlib.util
import platform
import re
import sys
import time

PACKAGES = ("torchvision", "transformers", "timm")


def networks():
    """Yield package, name, a function that makes the network, and one that makes a batch."""
    import torch

    def images(side):
        return lambda: torch.randn(4, 3, side, side)

    def words():
        return torch.randint(0, 1000, (2, 16))

    def of_torchvision(name, **options):
        import torchvision

        return getattr(torchvision.models, name)(weights=None, **options)

    def of_timm(name, **options):
        import timm

        return timm.create_model(name, pretrained=False, **options)

    def of_transformers(name, **sizes):
        import transformers

        return getattr(transformers, name + "ForCausalLM" if name != "GPT2" else "GPT2LMHeadModel")(
            getattr(transformers, name + "Config")(use_cache=False, **sizes)
        )

    for name in ("resnet18", "resnet50", "densenet121", "mobilenet_v2", "mobilenet_v3_small"):
        yield "torchvision", name, lambda name=name: of_torchvision(name), images(64)
    yield "torchvision", "mobilenet_v2, 32 x 32", lambda: of_torchvision("mobilenet_v2"), images(32)
    yield "torchvision", "convnext_tiny", lambda: of_torchvision("convnext_tiny"), images(64)
    yield "torchvision", "vit_b_16", lambda: of_torchvision("vit_b_16", image_size=32), images(32)
    for name, options in (
        ("convnext_atto", {}),
        ("vit_tiny_patch16_224", {"img_size": 32}),
        ("resnet10t", {}),
    ):
        yield "timm", name, lambda name=name, options=options: of_timm(name, **options), images(32)
    small = {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "vocab_size": 1000,
    }
    yield "transformers", "LlamaForCausalLM, small", lambda: of_transformers("Llama", **small), words
    yield (
        "transformers",
        "Qwen3ForCausalLM, small",
        lambda: of_transformers("Qwen3", head_dim=16, **small),
        words,
    )
    undropped = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    tiny = {"n_embd": 64, "n_layer": 2, "n_head": 4, "vocab_size": 1000}
    yield (
        "transformers",
        "GPT2LMHeadModel, small",
        lambda: of_transformers("GPT2", **tiny, **undropped),
        words,
    )
    yield "transformers", "GPT2LMHeadModel", lambda: of_transformers("GPT2", **undropped), words


def import_torchvision():
    """Import it, also beside a torch that its compiled operators were not built for: its networks need none of them."""
    import torch

    while True:
        try:
            return importlib.import_module("torchvision")
        except RuntimeError as error:
            missing = re.search(r"operator (torchvision::\w+) does not exist", str(error))
            if missing is None:
                raise
            torch.library.define(missing[1], "(Tensor boxes) -> Tensor")
            for name in [n for n in sys.modules if n.startswith("torchvision")]:
                del sys.modules[name]


def row(package, name, make, batch):
    """Return one line of the table."""
    import torch

    from sitheory import bridge

    torch.manual_seed(0)
    net, inputs = make(), batch()
    millions, tensors = sum(p.numel() for p in net.parameters()) / 1e6, len(list(net.parameters()))
    begin = time.process_time()
    try:
        found = bridge.find_groups(net, inputs)
    except (ValueError, ArithmeticError, TypeError) as error:
        return f"| {package} | {name} | {millions:.1f} | {tensors} | refused: {error} |" + " |" * 7
    took = time.process_time() - begin
    largest = max((len(g.names) for g in found.groups), default=0)
    cells = (
        package,
        name,
        f"{millions:.1f}",
        str(tensors),
        str(len(found.individual)),
        str(len(found.groups) - len(found.individual)),
        str(largest),
        str(len(found.balances)),
        str(len(found.inert)),
        str(len(found.nearly)),
        f"{max((g.deviation for g in (*found.groups, *found.balances)), default=0):.0e}",
        f"{took:.0f}",
    )
    return "| " + " | ".join(cells) + " |"


def main():
    here = [p for p in PACKAGES if importlib.util.find_spec(p)]
    if "torchvision" in here:
        import_torchvision()
    named = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("torch", *here))
    print(f"Python {platform.python_version()}, {named}\n")
    print(
        "| package | network | million | tensors | single | joint | members of the largest | balances | inert "
        "| nearly | deviation | CPU seconds |"
    )
    print("|" + "---|" * 12)
    for package, name, make, batch in networks():
        if package in here and (not sys.argv[1:] or any(part in name for part in sys.argv[1:])):
            print(row(package, name, make, batch), flush=True)


if __name__ == "__main__":
    main()
