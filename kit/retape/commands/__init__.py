"""The commands, a file each: `NAME`, `HELP`, `add_arguments(parser)` and `run(arguments) -> exit status`."""
