"""One file a figure: a result in, a matplotlib figure out. Figures never simulate."""
