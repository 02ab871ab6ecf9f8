"""Which parameters are scale-invariant, alone or together, and what breaks it."""
