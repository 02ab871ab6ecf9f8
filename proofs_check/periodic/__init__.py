"""The statements of *periodic* (Lobacheva et al. 2021), section 4 and appendix A."""
