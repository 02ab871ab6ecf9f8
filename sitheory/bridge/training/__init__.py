"""Train networks by rules on the sphere or with weight decay, and keep what theory speaks of."""
