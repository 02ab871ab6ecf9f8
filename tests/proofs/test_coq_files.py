"""The files that are written for Coq's kernel: the formulas that it reads, and the index of its theorems."""

from proofs_check.coq import generate, index

KIND = "conformance"


def test_the_formulas_that_coq_reads_are_those_of_the_theory():
    assert generate.THEORY_V.read_text(encoding="utf-8") == generate.theory_v()


def test_the_index_of_the_kernel_is_that_of_the_committed_ledger():
    assert index.INDEX_MD.read_text(encoding="utf-8") == index.index_md()
