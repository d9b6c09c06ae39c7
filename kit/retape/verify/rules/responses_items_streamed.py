"""The items of a Responses stream: opened, grown and closed in order, and the same in every event about them."""

from __future__ import annotations

from collections.abc import Iterator

from retape.verify.evidence import Evidence
from retape.verify.responses_walk import faults
from retape.verify.rule import Finding, Table

RULES = Table("responses response", "stream")

REFERENCE = "https://platform.openai.com/docs/api-reference/responses-streaming"


@RULES.rule(
    "responses-stream-index",
    "must",
    "Items are added at output_index 0, 1, 2 ..., and every event about one says where it stands.",
    source=f"{REFERENCE}/response/output_item/added; BerriAI/litellm#36375",
)
def _index(evidence: Evidence) -> Iterator[Finding]:
    return faults(evidence, "index")


@RULES.rule(
    "responses-stream-item-id",
    "must",
    "An item has one id, in all events that tell of it and in the response at the end.",
    source=f"{REFERENCE}/response/output_item/added; vercel/ai#18548",
)
def _item_id(evidence: Evidence) -> Iterator[Finding]:
    return faults(evidence, "item-id")


@RULES.rule(
    "responses-stream-announced",
    "must",
    "Nothing is said of an item or a part that wasn't added.",
    source=f"{REFERENCE}/response/content_part/added; caozhiyuan/copilot-api#72",
)
def _announced(evidence: Evidence) -> Iterator[Finding]:
    return faults(evidence, "announced")


@RULES.rule(
    "responses-stream-pairing",
    "must",
    "What is added is done once, inside out, and grows no more after that.",
    source=f"{REFERENCE}/response/output_item/added",
)
def _pairing(evidence: Evidence) -> Iterator[Finding]:
    return faults(evidence, "pairing")


@RULES.rule(
    "responses-stream-item-status",
    "should",
    "An item says its status: in progress when it is added, and no more so when it is done.",
    source=f"{REFERENCE}/response/output_item/added; diegosouzapw/OmniRoute#13964",
)
def _status(evidence: Evidence) -> Iterator[Finding]:
    return faults(evidence, "status")


@RULES.rule(
    "responses-stream-begun",
    "must",
    "A call that is added has its call_id and name already, and an item has nothing yet of what deltas bring then.",
    source=f"{REFERENCE}/response/output_item/added",
)
def _begun(evidence: Evidence) -> Iterator[Finding]:
    return faults(evidence, "begun")


@RULES.rule(
    "responses-stream-joined",
    "must",
    "Deltas join to the text of the done event, which is that of the part, of the item and of the response at the end.",
    source=f"{REFERENCE}/response/output_text/done",
)
def _joined(evidence: Evidence) -> Iterator[Finding]:
    return faults(evidence, "joined")


@RULES.rule(
    "responses-stream-no-delta",
    "note",
    "A text comes in deltas, not only whole.",
    source="BerriAI/litellm#27144",
)
def _no_delta(evidence: Evidence) -> Iterator[Finding]:
    return faults(evidence, "undelta")


@RULES.rule(
    "responses-stream-output",
    "must",
    "The output of the response at the end is the items that were done.",
    source=f"{REFERENCE}/response/completed; QuantumNous/new-api#4362",
)
def _output(evidence: Evidence) -> Iterator[Finding]:
    return faults(evidence, "output")
