"""What the commands print: runs in words, tables and numbers, and the frame that all command lines share."""
