"""What to cite, as BibTeX."""
