"""Machine-checked proofs in Coq, and the generator that prints the theory's formulas for them."""
