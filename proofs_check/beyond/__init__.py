"""Sharp statements beyond the papers, found with this toolkit."""
