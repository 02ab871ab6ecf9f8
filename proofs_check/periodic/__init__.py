"""Claims of *periodic* (Lobacheva et al. 2021)."""
