"""Beyond the papers: sharp statements that they lack, found with this toolkit."""
