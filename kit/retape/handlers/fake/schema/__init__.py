"""JSON Schema, as far as a fake model needs it: what OpenAI refuses, and an instance of what it takes.

    strict.problem(schema, *, strict, subject="function") -> Problem | None
        What OpenAI says of a schema.  `Problem.tail` follows what names the schema:
        f"Invalid schema for function '{name}'{problem.tail}",
        f"Invalid schema for response_format '{name}'{problem.tail}".
        `Problem.source` is where OpenAI was seen to say so.

    instance.instance(schema, *, seed, hints=()) -> Any
        A plausible instance that validates, the same for the same arguments everywhere.
        Raises `Impossible` (`.reason`, `.path`, `.tail`) where there is none.

    nearest.nearest(schema, *, seed, hints=()) -> Any
        The same; where there is no instance, what comes nearest to one.

    valid.valid(value, schema) -> bool
    valid.failure(value, schema) -> Failure | None
        Whether a value validates, and where it first doesn't.

A schema is any JSON value whatever: none of these raises anything else, and none changes a schema.
"""
