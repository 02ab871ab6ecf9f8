"""Rotational equilibrium: the table of norms and turns for each optimiser, balance, and time."""
