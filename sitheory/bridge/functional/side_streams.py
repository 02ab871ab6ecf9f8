"""Pieces of work that do not depend on each other, side by side on a GPU; one after the other elsewhere.

This is the one place that decides how the cells of a grid share a GPU. A cell's kernels at a batch of 128 are too
small to fill one; the choices are streams beside each other, grouped convolutions and stacked parameters. Streams need
no other kernels, so a cell's numbers are those that it has alone, and a recording makes branches of one graph of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import torch

Made = TypeVar("Made")

STREAMS = 8
"""Beside each other; each keeps memory for what is in flight on it. Chosen without a GPU."""


class SideBySide:
    """The streams of one stack of networks; those of another would share the libraries' working memory with it."""

    def __init__(self, device: torch.device):
        self.device = device
        self._streams: list[torch.cuda.Stream] = []

    def each(self, work: Sequence[Callable[[], Made]]) -> list[Made]:
        """Do all pieces, and let what comes next on this stream wait for them.

        Memory that a piece hands out belongs to its stream, which takes no new work before it has waited for this one:
        so nothing is used again too early, as long as all of a stream's work comes from here.

        Args:
            work: The pieces; whatever they read has to be made before, and stays until the end.

        Returns:
            What they return, in their order.
        """
        if self.device.type != "cuda" or len(work) == 1:
            return [piece() for piece in work]
        while len(self._streams) < min(STREAMS, len(work)):
            self._streams.append(torch.cuda.Stream(self.device))
        here = torch.cuda.current_stream(self.device)
        for stream in self._streams:
            stream.wait_stream(here)
        made = []
        for i, piece in enumerate(work):
            with torch.cuda.stream(self._streams[i % len(self._streams)]):
                made.append(piece())
        for stream in self._streams:
            here.wait_stream(stream)
        return made
