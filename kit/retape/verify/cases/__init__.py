"""Cases: what is asked of a provider, what has to come, and the answers with which the fake passes."""
