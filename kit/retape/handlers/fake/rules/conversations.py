"""What the bodies of conversations may hold."""

from __future__ import annotations

from retape.handlers.fake.rules.items import ITEM
from retape.handlers.fake.rules.messages import METADATA
from retape.handlers.fake.rules.shapes import Fields, Listing

MOST_ITEMS = 20
"""Items of one request (API reference)."""

CONVERSATION = Fields(fields={"items": Listing(ITEM, most=MOST_ITEMS, nullable=True), "metadata": METADATA})
"""The body of `conversations.create`."""

UPDATE = Fields(fields={"metadata": METADATA}, required=("metadata",))
"""The body of `conversations.update`."""

ITEMS = Fields(fields={"items": Listing(ITEM, least=1, most=MOST_ITEMS)}, required=("items",))
"""The body of `conversations.items.create`; `include` is in its query."""
