"""Figures of the thesis summary that neither of its papers has."""
