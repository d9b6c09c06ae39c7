"""The run: which cells there are, each asked or replayed, and what is said of it."""
