"""The papers' networks, each in a fully scale-invariant and a conventional version, and a small language model.

In the scale-invariant versions the trainable parameters are exactly the scale-invariant ones: normalisation layers
have no affine parameters, and the head is a random constant.
"""

from sitheory.bridge.networks.convolutional import VGG11, ConvNet
from sitheory.bridge.networks.language_model import LanguageModel
from sitheory.bridge.networks.perceptron import MLP
from sitheory.bridge.networks.residual import ResNet18, ResNet20
from sitheory.bridge.networks.transformer import Transformer

__all__ = ["MLP", "VGG11", "ConvNet", "LanguageModel", "ResNet18", "ResNet20", "Transformer"]
