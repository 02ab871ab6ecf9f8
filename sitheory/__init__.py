"""What scale-invariant neural networks do, said exactly."""
