"""What is to be seen on a GPU, by one command."""
