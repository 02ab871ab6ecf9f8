"""Figures of the paper periodic: one file each, found by their names."""
