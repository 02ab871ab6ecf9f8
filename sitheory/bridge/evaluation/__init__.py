"""What a network is worth at a moment: true metrics, interpolation between checkpoints, measures of sharpness."""
