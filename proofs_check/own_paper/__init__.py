"""A paper of the user's own: a folder of claims, formulas and Coq files anywhere, decided as the papers' are."""
