"""Sharpness of networks: the Hessian's largest eigenvalue on the sphere, the Fisher matrix, gradient moments."""
