"""Files that strangers wrote, read without running anything in them."""
