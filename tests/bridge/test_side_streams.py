"""Cells side by side on a GPU, with streams that only write down who waits for whom."""

from contextlib import contextmanager

import pytest
import torch

from sitheory.bridge.functional.side_streams import STREAMS, SideBySide
from sitheory.bridge.functional.stacked import Stack
from tests.bridge.digits_runs import perceptron

KIND = "conformance"


class Written:
    """Streams whose events are a list; each piece of work and each wait is one."""

    def __init__(self, monkeypatch):
        self.events, self.made = [], 0
        self.now = self.here = self.stream()
        monkeypatch.setattr(torch.cuda, "Stream", lambda device: self.stream())
        monkeypatch.setattr(torch.cuda, "current_stream", lambda device=None: self.now)
        monkeypatch.setattr(torch.cuda, "stream", self.on)

    def stream(self):
        written, number = self, self.made
        self.made += 1

        class Stream:
            def wait_stream(self, other):
                written.events.append(("waits", number, other.number))

        found = Stream()
        found.number = number
        return found

    @contextmanager
    def on(self, stream):
        before, self.now = self.now, stream
        try:
            yield
        finally:
            self.now = before

    def work(self, i):
        self.events.append(("works", self.now.number, i))
        return i


def after(events, first, last):
    """Whether the last event can only begin when the first is done, by streams' order and waits."""
    done = {events[first][1]}  # streams whose next work is after the first event
    for kind, stream, other in events[first + 1 : last]:
        if kind == "waits" and other in done:
            done.add(stream)
    return events[last][1] in done


def placed(events, *event):
    return events.index(event)


@pytest.fixture
def written(monkeypatch):
    return Written(monkeypatch)


@pytest.mark.parametrize("count", [2, STREAMS, 2 * STREAMS + 3])
def test_pieces_run_beside_each_other_between_what_comes_before_and_after(written, count):
    beside = SideBySide(torch.device("cuda"))
    for _ in range(2):  # the second time on the streams that are there
        written.events.clear()
        written.work("before")
        pieces = [lambda i=i: written.work(i) for i in range(count)]
        assert beside.each(pieces) == list(range(count))
        written.work("after")
        events, here = written.events, written.here.number
        streams = {stream for kind, stream, what in events if kind == "works" and isinstance(what, int)}
        assert len(streams) == min(STREAMS, count) and here not in streams
        begin, end = placed(events, "works", here, "before"), placed(events, "works", here, "after")
        for i, event in enumerate(events):
            if event[0] == "works" and isinstance(event[2], int):
                assert after(events, begin, i) and after(events, i, end)
        first, second = (i for i, e in enumerate(events) if e[0] == "works" and e[2] in (0, 1))
        assert not after(events, first, second)


def test_a_missing_wait_is_seen(written):
    """Trial: without the last stream's wait, what comes after may begin before that stream is done."""
    beside = SideBySide(torch.device("cuda"))
    beside.each([lambda i=i: written.work(i) for i in range(3)])
    written.work("after")
    events = [e for e in written.events if e != ("waits", written.here.number, 3)]
    end = placed(events, "works", written.here.number, "after")
    assert after(events, placed(events, "works", 2, 1), end)
    assert not after(events, placed(events, "works", 3, 2), end)


def test_one_piece_and_a_cpu_need_no_streams(written):
    assert SideBySide(torch.device("cuda")).each([lambda: written.work(0)]) == [0]
    assert SideBySide(torch.device("cpu")).each([lambda: 1, lambda: 2]) == [1, 2]
    assert written.events == [("works", written.here.number, 0)]


def test_a_stacks_cells_go_through_the_streams_and_keep_their_numbers(written, monkeypatch):
    """Twin: a perceptron's three cells one after the other, and on streams that only write."""
    samples, labels = torch.randn(8, 64, dtype=torch.float64), torch.arange(8)
    plain, beside = (Stack(perceptron(), together=False) for _ in range(2))
    w, buffers = plain.start(3)
    w = w * torch.tensor([[1.0], [2.0], [3.0]])
    beside._beside = SideBySide(torch.device("cuda"))
    one, other = (stack.gradient(w, buffers, samples, labels) for stack in (plain, beside))
    assert torch.equal(one.grad, other.grad) and torch.equal(one.loss, other.loss)
    assert sum(e[0] == "waits" for e in written.events) == 2 * 3
    assert STREAMS <= 32  # as many as torch has to give
