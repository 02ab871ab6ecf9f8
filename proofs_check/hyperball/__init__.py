"""Weight decay as a step size: *From weight decay to Hyperball optimization*, part 2."""
