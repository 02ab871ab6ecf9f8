"""Claims that the algebra of the compiled loops equals the printed equations, ids ``kernel:``."""
