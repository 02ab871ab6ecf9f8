"""Networks as pure functions of their parameters, one or many at once, on any device and in any precision."""
