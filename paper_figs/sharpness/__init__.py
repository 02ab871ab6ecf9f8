"""Figures of the paper sharpness: one file each, found by their names."""
