"""Figures about rotational equilibrium: one file each, found by their names."""
