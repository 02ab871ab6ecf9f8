"""The groups of today's families, worked out by hand from what stands before each normalisation."""

import functools

import pytest
import torch

from sitheory import bridge

from .families import GPT2, ConvNeXt, DenseNet, Llama, MobileNet, ResNet, ViT

KIND = "closed form"

torch.set_num_threads(1)


def images(side=8, count=4):
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(0))


def ids():
    return torch.randint(0, 30, (3, 8), generator=torch.Generator().manual_seed(0))


FAMILIES = {
    "Llama": (Llama, ids),
    "Qwen3": (functools.partial(Llama, qk_norm=True), ids),
    "GPT-2": (GPT2, ids),
    "ViT": (ViT, images),
    "ConvNeXt": (ConvNeXt, images),
    "ResNet": (ResNet, images),
    "DenseNet": (DenseNet, images),
    "MobileNet": (MobileNet, images),
}


@functools.cache
def found_in(name):
    torch.manual_seed(0)
    make, batch = FAMILIES[name]
    return bridge.find_groups(make(), batch())


def joint(found):
    return [set(g.names) for g in found.groups if len(g.names) > 1]


def balances(found):
    return {frozenset(b.degrees.items()) for b in found.balances}


def pairs(path, *, by=None):
    """A gain and shift, balanced with the weight that reads them."""
    return {(f"{path}.weight", 1), (f"{path}.bias", 1), *([(by, -1)] if by else [])}


@pytest.mark.parametrize("name", ["Llama", "Qwen3"])
def test_llama_s_stream_is_one_group_and_qwen3_s_queries_and_keys_are_single(name):
    """Closed form: the stream is the embedding and one factor of each branch, v or o and up or down."""
    found = found_in(name)
    queries = {f"layers.{i}.{p}_proj.weight" for i in range(2) for p in "qk"}
    assert set(found.individual) == (queries if name == "Qwen3" else set())
    (stream,) = joint(found)
    assert "embed_tokens.weight" in stream and len(stream) == 5
    for i in range(2):
        for either in ("v_proj", "o_proj"), ("up_proj", "down_proj"):
            assert len(stream & {f"layers.{i}.{p}.weight" for p in either}) == 1
    # v with o, up with down, each norm with what reads it, q (or its norm's gain) with k; the last norm with the head.
    assert len(found.balances) == 2 * 5 + 1 and not found.inert


def test_gpt2_with_a_tied_head_has_no_group_at_all():
    """Closed form: the stream's scale is the head's, so that the last gain and shift must make up for it."""
    found = found_in("GPT-2")
    assert not found.groups and not found.inert and not found.nearly
    blocks = [f"h.{i}.{n}.{p}" for i in range(2) for n in ("proj", "fc2") for p in ("weight", "bias")]
    stream = {(n, 1) for n in ("wte.weight", "wpe.weight", *blocks)}
    assert balances(found) >= {
        frozenset(pairs(f"h.{i}.{norm}", by=f"h.{i}.{reader}.weight"))
        for i in range(2)
        for norm, reader in (("ln_1", "qkv"), ("ln_2", "fc1"))
    }
    assert stream | {("ln_f.weight", -1), ("ln_f.bias", -1)} in balances(found) and len(found.balances) == 5


def test_vit_s_stream_holds_patches_class_and_positions():
    """Closed form."""
    found = found_in("ViT")
    blocks = {f"blocks.{i}.{n}.{p}" for i in range(2) for n in ("proj", "fc2") for p in ("weight", "bias")}
    first = {"patch_embed.weight", "patch_embed.bias", "cls_token", "pos_embed"}
    assert joint(found) == [first | blocks] and not found.individual and not found.inert
    assert len(found.balances) == 2 * 2 + 1


def test_convnext_s_depthwise_layers_are_groups_and_its_streams_balanced_with_them():
    """Closed form: a depthwise layer's shift does not follow the stream, so that its weight makes up for it."""
    found = found_in("ConvNeXt")
    layers = ("stem.0", "stage1.dwconv", "stage2.dwconv")
    assert sorted(map(sorted, joint(found))) == sorted([f"{n}.bias", f"{n}.weight"] for n in layers)
    assert not found.individual and not found.inert
    streams = [
        (*(f"stem.1.{p}" for p in ("weight", "bias")), "stage1.gamma"),
        (*(f"downsample.1.{p}" for p in ("weight", "bias")), "stage2.gamma"),
    ]
    for i, stream in enumerate(streams, 1):
        assert {*((n, 1) for n in stream), (f"stage{i}.dwconv.weight", -1)} in balances(found)


def test_resnet_s_convolutions_are_single_and_its_normalisations_follow_the_streams():
    """Closed form."""
    found = found_in("ResNet")
    net = ResNet()
    assert set(found.individual) == {n for n, p in net.named_parameters() if p.dim() == 4}
    inner = [{f"layers.{i}.{b}.bn1.{p}" for p in ("weight", "bias")} for i in range(2) for b in range(2)]
    stream = {f"{n}.{p}" for n in ("bn1", "layers.0.0.bn2", "layers.0.1.bn2") for p in ("weight", "bias")}
    assert sorted(map(sorted, joint(found))) == sorted(map(sorted, [*inner, stream]))
    last = {f"layers.1.{n}" for n in ("0.bn2", "0.downsample.1", "1.bn2")}
    assert balances(found) == {
        frozenset({(f"{n}.{p}", 1) for n in last for p in ("weight", "bias")} | {("fc.weight", -1)})
    }


def test_densenet_s_convolutions_and_normalisations():
    """Closed form: all but the last gain and shift stand before a normalisation, with ReLU between."""
    found = found_in("DenseNet")
    net = DenseNet()
    assert set(found.individual) == {n for n, p in net.named_parameters() if p.dim() == 4}
    norms = {n.rpartition(".")[0] for n, p in net.named_parameters() if "norm" in n} - {"norm5"}
    assert sorted(map(sorted, joint(found))) == sorted([f"{n}.bias", f"{n}.weight"] for n in norms)
    assert balances(found) == {frozenset(pairs("norm5", by="classifier.weight"))}


def test_mobilenet_s_bottlenecks_have_shifts_that_nothing_sees():
    """Closed form: no ReLU between a bottleneck and the next normalisation; ReLU6 has a scale of its own."""
    found = found_in("MobileNet")
    net = MobileNet()
    bottlenecks = [f"blocks.{i}.bn3" for i in range(3)]
    convolutions = {n for n, p in net.named_parameters() if p.dim() == 4}
    assert set(found.individual) == convolutions | {"blocks.0.bn3.weight"}
    assert joint(found) == [{f"{n}.weight" for n in bottlenecks[1:]}]
    assert set(found.inert) == {f"{n}.bias" for n in bottlenecks} and not found.balances


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_is_told_without_doubt(name):
    """Conformance: confirmed to float64's rounding, with a gap of decades."""
    found = found_in(name)
    assert all(s.deviation < 1e-12 for s in (*found.groups, *found.balances))
    assert found.gap[0] < 1e-13 and found.gap[1] > 1e-6
