"""What the Coq files define and prove, with its statement; ``python -m proofs_check.coq.lemmas [WORD ...]``.

A proof or a statement in Coq's words may use all of it: ``Norm.sum_nonneg``, ``Sequences.telescopes``.
"""

import re
import sys
from collections.abc import Iterator, Sequence

from proofs_check.engines import coq_files, coq_text
from sitheory.reports.command_line import OneLine, run_command

_STATED = re.compile(rf"(?:Lemma|Theorem|Corollary|Definition|Fixpoint)\s+({coq_text.NAME})\b(.*)", re.DOTALL)


def stated(words: Sequence[str] = ()) -> Iterator[str]:
    """A line for each definition and theorem that has all the words in its name or statement, as ``File.name ...``."""
    for file, text in coq_files.sources().items():
        for sentence in coq_text.sentences(text):
            if (found := _STATED.fullmatch(sentence)) is None:
                continue
            line = f"{file}.{found[1]} {' '.join(found[2].split())}"
            if all(word in line for word in words):
                yield line


def main(words: Sequence[str] | None = None) -> int:
    """Print them; 1 if there is none."""
    parser = OneLine(
        prog="proofs_check.coq.lemmas",
        description="What the Coq files define and prove, with its statement.",
    )
    parser.add_argument("words", nargs="*", metavar="WORD", help="which its name or statement must hold")
    found = list(stated(parser.parse_args(words).words))
    print("\n".join(found) or "none")
    return int(not found)


if __name__ == "__main__":
    sys.exit(run_command("proofs_check.coq.lemmas", main))
