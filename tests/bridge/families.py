"""Today's families of networks in small form, written as their authors write them."""

import torch
from torch import nn
from torch.nn import functional


class RMSNorm(nn.Module):
    """As in Llama's code: float32 inside, whatever comes in."""

    def __init__(self, width, eps=1e-6):
        super().__init__()
        self.weight, self.variance_epsilon = nn.Parameter(torch.ones(width)), eps

    def forward(self, x):
        given, x = x.dtype, x.to(torch.float32)
        x = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.variance_epsilon)
        return self.weight * x.to(given)


def rotated(x):
    """Rotary positions."""
    half = x.shape[-1] // 2
    angle = torch.arange(x.shape[-2])[:, None] / 100.0 ** (torch.arange(half) / half)
    cos, sin = angle.cos().to(x), angle.sin().to(x)
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


class LlamaLayer(nn.Module):
    """Grouped queries and a gated perceptron; ``qk_norm`` as in Qwen3."""

    def __init__(self, width, heads, qk_norm):
        super().__init__()
        self.heads, self.each = heads, width // heads
        self.q_proj, self.o_proj = (nn.Linear(width, width, bias=False) for _ in range(2))
        self.k_proj, self.v_proj = (nn.Linear(width, width // 2, bias=False) for _ in range(2))
        if qk_norm:
            self.q_norm, self.k_norm = RMSNorm(self.each), RMSNorm(self.each)
        else:
            self.q_norm = self.k_norm = nn.Identity()
        self.gate_proj, self.up_proj = (nn.Linear(width, 2 * width, bias=False) for _ in range(2))
        self.down_proj = nn.Linear(2 * width, width, bias=False)
        self.input_layernorm, self.post_attention_layernorm = RMSNorm(width), RMSNorm(width)

    def forward(self, x):
        h = self.input_layernorm(x)
        q, k, v = (p(h).unflatten(-1, (-1, self.each)) for p in (self.q_proj, self.k_proj, self.v_proj))
        q, k = (rotated(n(t).transpose(1, 2)) for n, t in ((self.q_norm, q), (self.k_norm, k)))
        k, v = (t.repeat_interleave(2, dim=1) for t in (k, v.transpose(1, 2)))
        attended = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.o_proj(attended.transpose(1, 2).flatten(2))
        h = self.post_attention_layernorm(x)
        return x + self.down_proj(functional.silu(self.gate_proj(h)) * self.up_proj(h))


class Llama(nn.Module):
    """Llama, or Qwen3 with ``qk_norm``."""

    def __init__(self, layers=2, width=16, heads=4, words=30, qk_norm=False):
        super().__init__()
        self.embed_tokens, self.norm = nn.Embedding(words, width), RMSNorm(width)
        self.layers = nn.ModuleList(LlamaLayer(width, heads, qk_norm) for _ in range(layers))
        self.lm_head = nn.Linear(width, words, bias=False)

    def forward(self, ids):
        x = self.embed_tokens(ids)
        for layer in self.layers:
            x = layer(x)
        return self.lm_head(self.norm(x))


class Block(nn.Module):
    """Attention and a perceptron behind layer normalisations, as in GPT-2 and ViT."""

    def __init__(self, width, heads, causal):
        super().__init__()
        self.heads, self.causal = heads, causal
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        q, k, v = self.qkv(self.ln_1(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        x = x + self.proj(attended.transpose(1, 2).flatten(2))
        return x + self.fc2(functional.gelu(self.fc1(self.ln_2(x))))


class GPT2(nn.Module):
    """With its head tied to the embedding; the published sizes are ``layers=12, width=768, words=50257``."""

    def __init__(self, layers=2, width=16, heads=4, words=30, length=12):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(words, width), nn.Embedding(length, width)
        self.h = nn.ModuleList(Block(width, heads, causal=True) for _ in range(layers))
        self.ln_f, self.lm_head = nn.LayerNorm(width), nn.Linear(width, words, bias=False)
        self.lm_head.weight = self.wte.weight
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=0.02)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1], device=ids.device))
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))


class ViT(nn.Module):
    """Patches, a class token, positions."""

    def __init__(self, layers=2, width=16, heads=4, classes=5, side=8, patch=4):
        super().__init__()
        self.patch_embed = nn.Conv2d(3, width, patch, patch)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(0.02 * torch.randn(1, (side // patch) ** 2 + 1, width))
        self.blocks = nn.ModuleList(Block(width, heads, causal=False) for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, classes)

    def forward(self, x):
        x = self.patch_embed(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], dim=1) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, 0])


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation of images' channels."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvNeXtBlock(nn.Module):
    """With a layer scale of 1e-6."""

    def __init__(self, width):
        super().__init__()
        self.dwconv, self.norm = nn.Conv2d(width, width, 3, padding=1, groups=width), nn.LayerNorm(width)
        self.pwconv1, self.pwconv2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.gamma = nn.Parameter(1e-6 * torch.ones(width))

    def forward(self, x):
        h = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        return x + (self.gamma * self.pwconv2(functional.gelu(self.pwconv1(h)))).permute(0, 3, 1, 2)


class ConvNeXt(nn.Module):
    """Two stages of a block each."""

    def __init__(self, width=8, classes=5):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 2, 2), ChannelNorm(width))
        self.stage1, self.stage2 = ConvNeXtBlock(width), ConvNeXtBlock(2 * width)
        self.downsample = nn.Sequential(ChannelNorm(width), nn.Conv2d(width, 2 * width, 2, 2))
        self.norm, self.head = nn.LayerNorm(2 * width), nn.Linear(2 * width, classes)

    def forward(self, x):
        x = self.stage2(self.downsample(self.stage1(self.stem(x))))
        return self.head(self.norm(x.mean((2, 3))))


class BasicBlock(nn.Module):
    """As in ResNet-18."""

    def __init__(self, inward, width, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inward, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        self.downsample = nn.Identity()
        if stride != 1 or inward != width:
            self.downsample = nn.Sequential(
                nn.Conv2d(inward, width, 1, stride, bias=False), nn.BatchNorm2d(width)
            )

    def forward(self, x):
        h = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(h)) + self.downsample(x))


class ResNet(nn.Module):
    """ResNet-18 with ``widths=(64, 128, 256, 512), blocks=2``; ``cifar`` takes the stem without pooling."""

    def __init__(self, widths=(8, 16), blocks=2, classes=5, cifar=True):
        super().__init__()
        first = widths[0]
        if cifar:
            self.conv1, self.pool = nn.Conv2d(3, first, 3, 1, 1, bias=False), nn.Identity()
        else:
            self.conv1, self.pool = nn.Conv2d(3, first, 7, 2, 3, bias=False), nn.MaxPool2d(3, 2, 1)
        self.bn1 = nn.BatchNorm2d(first)
        inward = (first, *widths[:-1])
        self.layers = nn.ModuleList(
            nn.Sequential(*(BasicBlock(w if b else i, w, 1 if b or w == first else 2) for b in range(blocks)))
            for i, w in zip(inward, widths, strict=True)
        )
        self.fc = nn.Linear(widths[-1], classes)

    def forward(self, x):
        x = self.pool(torch.relu(self.bn1(self.conv1(x))))
        for layer in self.layers:
            x = layer(x)
        return self.fc(x.mean((2, 3)))


class DenseLayer(nn.Module):
    """A bottleneck whose channels are laid beside those that came in."""

    def __init__(self, inward, growth):
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(inward), nn.Conv2d(inward, 2 * growth, 1, bias=False)
        self.norm2, self.conv2 = (
            nn.BatchNorm2d(2 * growth),
            nn.Conv2d(2 * growth, growth, 3, padding=1, bias=False),
        )

    def forward(self, x):
        h = self.conv1(torch.relu(self.norm1(x)))
        return torch.cat([x, self.conv2(torch.relu(self.norm2(h)))], dim=1)


class DenseNet(nn.Module):
    """Two dense blocks of two layers each and the transition between."""

    def __init__(self, growth=4, classes=5):
        super().__init__()
        wide = 4 * growth
        self.conv0, self.norm0 = (
            nn.Conv2d(3, 2 * growth, 3, padding=1, bias=False),
            nn.BatchNorm2d(2 * growth),
        )
        self.block1 = nn.Sequential(DenseLayer(2 * growth, growth), DenseLayer(3 * growth, growth))
        self.norm_t, self.conv_t = nn.BatchNorm2d(wide), nn.Conv2d(wide, 2 * growth, 1, bias=False)
        self.block2 = nn.Sequential(DenseLayer(2 * growth, growth), DenseLayer(3 * growth, growth))
        self.norm5, self.classifier = nn.BatchNorm2d(wide), nn.Linear(wide, classes)

    def forward(self, x):
        x = self.block1(torch.relu(self.norm0(self.conv0(x))))
        x = functional.avg_pool2d(self.conv_t(torch.relu(self.norm_t(x))), 2)
        return self.classifier(torch.relu(self.norm5(self.block2(x))).mean((2, 3)))


class Inverted(nn.Module):
    """An inverted residual with ReLU6 and a linear bottleneck."""

    def __init__(self, inward, width):
        super().__init__()
        self.expand, self.bn1 = nn.Conv2d(inward, 3 * inward, 1, bias=False), nn.BatchNorm2d(3 * inward)
        self.deep = nn.Conv2d(3 * inward, 3 * inward, 3, padding=1, groups=3 * inward, bias=False)
        self.bn2, self.bn3 = nn.BatchNorm2d(3 * inward), nn.BatchNorm2d(width)
        self.project = nn.Conv2d(3 * inward, width, 1, bias=False)

    def forward(self, x):
        h = functional.relu6(self.bn2(self.deep(functional.relu6(self.bn1(self.expand(x))))))
        h = self.bn3(self.project(h))
        return x + h if h.shape == x.shape else h


class MobileNet(nn.Module):
    """MobileNetV2: two streams, of one block and of two."""

    def __init__(self, width=8, classes=5):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(3, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width)
        self.blocks = nn.Sequential(
            Inverted(width, width + 2), Inverted(width + 2, width + 4), Inverted(width + 4, width + 4)
        )
        self.last, self.bn_last = (
            nn.Conv2d(width + 4, 2 * width, 1, bias=False),
            nn.BatchNorm2d(2 * width),
        )
        self.classifier = nn.Linear(2 * width, classes)

    def forward(self, x):
        x = self.blocks(functional.relu6(self.bn(self.conv(x))))
        return self.classifier(functional.relu6(self.bn_last(self.last(x))).mean((2, 3)))
