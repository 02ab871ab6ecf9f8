"""How a process computes networks: memory that stays with a loop and goes at its end, one thread."""

import platform
import resource

import pytest
import torch

from sitheory import bridge
from tests.bridge.digits_runs import digits, perceptron

KIND = "conformance"

on_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")

BLOCK = 2**25
PAGES = BLOCK // resource.getpagesize()
ROUNDS = 8
SETTLING = 64
"""Rounds after which a block finds the place of an earlier one, whatever small ones were put between them."""


def faults():
    """Return how often the system has mapped a page anew for this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def steps(count):
    """Ask for as much memory as a step's activations take, and give it back; return the faults of it all."""
    before = faults()
    for _ in range(count):
        torch.ones(BLOCK // 4)
    return faults() - before


@on_glibc
def test_memory_stays_with_a_loop_and_is_given_back_at_its_end():
    with bridge.kept_memory():
        steps(SETTLING)
        assert steps(ROUNDS) < PAGES / 2
        held = resident()
    assert held - resident() > BLOCK / 2


def resident():
    """Return the process's resident bytes."""
    with open("/proc/self/statm") as told:
        return int(told.read().split()[1]) * resource.getpagesize()


@on_glibc
def test_memory_is_given_back_after_an_error():
    with pytest.raises(RuntimeError), bridge.kept_memory():
        steps(SETTLING)
        held = resident()
        raise RuntimeError
    assert held - resident() > BLOCK / 2


def test_a_device_that_is_not_here_is_named_in_one_line():
    for device in ("meta:9:9", "abacus"):
        with pytest.raises(ValueError, match=f"need a device that is here .*got device='{device}'"):
            bridge.train(perceptron(), bridge.SGD(0.1), digits(50, 0), epochs=1, device=device)


def test_one_thread_is_for_its_block_alone():
    before = torch.get_num_threads()
    with bridge.one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
