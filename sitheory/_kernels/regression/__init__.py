"""Loops over linear regression with batch normalisation, O(n) per step, and its top Hessian eigenvalue."""
