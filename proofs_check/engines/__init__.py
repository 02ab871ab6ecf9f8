"""Ways to know, each in a module of its own and independent of the others.

Each engine is a function that makes a ``Check`` from a statement; ``proofs_check`` lifts them.
"""
