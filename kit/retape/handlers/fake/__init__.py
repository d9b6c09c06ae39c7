"""The fake: an OpenAI that answers without a script, refuses like the real one, and breaks on command."""
