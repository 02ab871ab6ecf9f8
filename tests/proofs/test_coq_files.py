"""The files that are written for Coq's kernel: the formulas that it reads, and the index of its theorems."""

from proofs_check.coq import generate, index, lemmas

KIND = "conformance"


def test_the_formulas_that_coq_reads_are_those_of_the_theory():
    assert generate.THEORY_V.read_text(encoding="utf-8") == generate.theory_v()


def test_the_index_of_the_kernel_is_that_of_the_committed_ledger():
    assert index.INDEX_MD.read_text(encoding="utf-8") == index.index_md()


def test_a_word_finds_what_the_files_prove_and_define(capsys):
    assert lemmas.main(["sum_nonneg", "Norm."]) == 0
    assert capsys.readouterr().out == (
        "Norm.sum_nonneg : forall n f, (forall i, (i < n)%nat -> 0 <= f i) -> 0 <= sum_to n f\n"
    )
    assert lemmas.main(["no such lemma"]) == 1
