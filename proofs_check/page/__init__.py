"""The ledger as one offline page."""
