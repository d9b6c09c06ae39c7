"""Who is asked: a file for each provider, which says where it is, what it serves and how it is known to deviate."""
