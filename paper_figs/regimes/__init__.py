"""Figures of the paper regimes: one file each, found by their names."""
