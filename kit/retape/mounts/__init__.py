"""Where a client meets a handler.  One foreign library a file, imported nowhere else and only when asked for."""
