"""What the bodies of files and uploads may hold."""

from __future__ import annotations

from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.forms import Attachment
from retape.handlers.fake.rules.relation import Body, Relation
from retape.handlers.fake.rules.setting import Setting
from retape.handlers.fake.rules.shapes import Choice, Fields, Listing, Text, Whole

PURPOSES = ("fine-tune", "assistants", "batch", "user_data", "vision", "evals")
"""In the order of OpenAI's sentence (quoted in 2025)."""

UPLOAD_LIMIT = 8 * 1024**3
"""Bytes of an upload in parts (API reference)."""

EXPIRES_AFTER = Fields(
    fields={"anchor": Choice(("created_at",)), "seconds": Whole(least=3600, most=2_592_000)},
    required=("anchor", "seconds"),
)
"""From an hour to 30 days (API reference)."""

FILE = Fields(
    fields={"expires_after": EXPIRES_AFTER, "file": Attachment(), "purpose": Text()},
    required=("file", "purpose"),
)
"""The form of `files.create`; `purpose` is judged by a rule of its own, in words of its own."""

UPLOAD = Fields(
    fields={
        "bytes": Whole(least=1, most=UPLOAD_LIMIT),
        "expires_after": EXPIRES_AFTER,
        "filename": Text(least=1),
        "mime_type": Text(least=1),
        "purpose": Text(),
    },
    required=("purpose", "filename", "bytes", "mime_type"),
)
"""The body of `uploads.create`."""

PART = Fields(fields={"data": Attachment()}, required=("data",))
"""The form of `uploads.parts.create`."""

UPLOAD_COMPLETE = Fields(fields={"md5": Text(), "part_ids": Listing(Text(), least=1)}, required=("part_ids",))
"""The body of `uploads.complete`."""


def _purpose(body: Body, _: Setting) -> Refusal | None:
    given = body["purpose"]
    if given in PURPOSES:
        return None
    told = f"'{given}' is not one of [{', '.join(repr(each) for each in PURPOSES)}] - 'purpose'"
    return Refusal(message=told, param="purpose")


FILE_RULES = (
    Relation(
        rule="file-purpose",
        field="purpose",
        find=_purpose,
        says="a purpose is a known one",
        source="the sentence of a JSON Schema, but with its param: quoted in 2025",
    ),
)
"""Beside the shapes of `files.create` and `uploads.create`."""
