"""Scripts: what a fake is told to say, in Python and in YAML by the same words, and what became of it."""
