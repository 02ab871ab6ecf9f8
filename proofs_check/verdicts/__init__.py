"""Claims and their verdicts: how statuses are computed, the committed ledger, and remembered verdicts."""
