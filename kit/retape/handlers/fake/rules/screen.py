"""What a computer call may hold: actions on a screen, and the screenshot that answers it."""

from __future__ import annotations

from retape.handlers.fake.rules.shapes import Choice, Fields, Listing, Shape, Tagged, Text, Whole

_KEYS = Listing(Text(), nullable=True)
_AT: dict[str, Shape] = {"x": Whole(), "y": Whole()}


def _pointing(required: str = "", **fields: Shape) -> Fields:
    return Fields(fields={"keys": _KEYS, **_AT, **fields}, required=("x", "y", *required.split()))


ACTION = Tagged(
    by="type",
    variants={
        "click": _pointing("button", button=Choice(("left", "right", "wheel", "back", "forward"))),
        "double_click": _pointing(),
        "drag": Fields(
            fields={"keys": _KEYS, "path": Listing(Fields(fields=_AT, required=("x", "y")))}, required=("path",)
        ),
        "keypress": Fields(fields={"keys": Listing(Text())}, required=("keys",)),
        "move": _pointing(),
        "screenshot": Fields(fields={}),
        "scroll": _pointing("scroll_x scroll_y", scroll_x=Whole(), scroll_y=Whole()),
        "type": Fields(fields={"text": Text()}, required=("text",)),
        "wait": Fields(fields={}),
    },
    nullable=True,
)

SCREENSHOT = Tagged(
    by="type",
    variants={"computer_screenshot": Fields(fields={"file_id": Text(nullable=True), "image_url": Text(nullable=True)})},
)
