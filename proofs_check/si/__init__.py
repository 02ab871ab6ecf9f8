"""Claims about scale-invariant functions in general, ids ``si:``."""
