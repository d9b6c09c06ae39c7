"""Is it right?  Rules on exchanges, cases for providers, and the run that makes verdicts of both."""
