"""Loops over the toy F(x, y) = sum_i alpha_i x_i^2 / (x_i^2 + y_i^2) on the sphere."""
