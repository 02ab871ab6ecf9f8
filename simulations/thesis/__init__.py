"""Experiments of the thesis summary that neither of its papers has: one file each, found by their names."""
