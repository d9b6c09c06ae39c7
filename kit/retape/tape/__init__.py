"""What is kept, and how: requests, steps, exchanges, SSE, the cassette file, matching, scrubbing.

This room knows no HTTP library: the standard library and PyYAML are all it needs.
"""
