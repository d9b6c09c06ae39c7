"""What the body of a moderation may hold."""

from __future__ import annotations

from retape.handlers.fake.rules.shapes import Fields, Listing, OneOf, Tagged, Text

_PART = Tagged(
    by="type",
    variants={
        "text": Fields(fields={"text": Text()}, required=("text",)),
        "image_url": Fields(
            fields={"image_url": Fields(fields={"url": Text()}, required=("url",))}, required=("image_url",)
        ),
    },
)

MODERATION = Fields(
    fields={"input": OneOf(Text(), Listing(OneOf(Text(), _PART), least=1)), "model": Text()},
    required=("input",),
)
"""The body of `moderations.create`."""
