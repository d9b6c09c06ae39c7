"""What is kept, and how: requests, steps, exchanges, SSE, the cassette file, matching, scrubbing.

This room knows no HTTP library: the standard library, PyYAML and filelock are all it needs.
"""
