"""proofs_check."""
