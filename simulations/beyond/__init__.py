"""Experiments beyond the papers: one file each, found by their names."""
