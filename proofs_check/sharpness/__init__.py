"""Claims of the paper on the reduction of sharpness, one file for each stage of its argument."""
