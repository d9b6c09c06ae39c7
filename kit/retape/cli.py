"""The command `retape`."""


def main() -> int:
    """Run a command."""
    return 0
