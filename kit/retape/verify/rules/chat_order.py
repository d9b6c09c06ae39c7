"""A chat stream from its first event to its last: what comes first, what comes once, and nothing after the end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from retape.verify.chat_answer import answered
from retape.verify.chat_stream import Thread, streamed
from retape.verify.evidence import Evidence
from retape.verify.rule import Finding, Table
from retape.verify.words import MISSING, at, is_text, shown

RULES = Table("chat", "stream")

REFERENCE = "https://platform.openai.com/docs/api-reference/chat/streaming"

_REPEATED = 8
"""Characters; a shorter text may stand twice in an answer by chance."""


@RULES.rule(
    "chat-stream-nothing",
    "must",
    "A stream has at least one chunk.",
    source=REFERENCE,
)
def _nothing(evidence: Evidence) -> Iterator[Finding]:
    stream = streamed(evidence)
    if stream.complete and not stream.chunks and not stream.strangers:
        yield "body", "has no chunk" + (", only [DONE]" if stream.done else "")


@RULES.rule(
    "chat-stream-says-something",
    "must",
    "The deltas of a choice have text, a refusal, a tool call or audio among them, unless it was cut off or stopped.",
    source=f"{REFERENCE}#chat/streaming-choices",
)
def _says_something(evidence: Evidence) -> Iterator[Finding]:
    for choice in answered(evidence).choices:
        said = choice.content is not None or choice.refusal is not None or choice.legacy is not None
        if not (said or choice.calls or choice.sounds or choice.partial):
            yield choice.where, "none of its deltas has content, refusal, tool_calls or audio"


@RULES.rule(
    "chat-stream-role-first",
    "must",
    'The first delta of a choice has the role "assistant".',
    source=f"{REFERENCE}#chat/streaming-choices; lemonade-sdk/lemonade#350",
)
def _role_first(evidence: Evidence) -> Iterator[Finding]:
    for thread in streamed(evidence).threads.values():
        first = thread.pieces[0]
        if "role" not in first.delta:
            yield first.at("delta", "role"), 'is missing in the choice\'s first delta; "assistant"'


@RULES.rule(
    "chat-stream-role-once",
    "should",
    "The role comes once for each choice: clients that join deltas as strings get it twice.",
    source=f"{REFERENCE}#chat/streaming-choices; ollama/ollama#17485",
)
def _role_once(evidence: Evidence) -> Iterator[Finding]:
    for thread in streamed(evidence).threads.values():
        for piece in thread.pieces[1:]:
            if piece.delta.get("role"):
                yield piece.at("delta", "role"), f"is {shown(piece.delta['role'])} again; once, in the first delta"


@RULES.rule(
    "chat-stream-indexes",
    "must",
    "The indexes of a stream's choices are 0, 1, ... without a gap.",
    source=f"{REFERENCE}#chat/streaming-choices",
)
def _indexes(evidence: Evidence) -> Iterator[Finding]:
    threads = streamed(evidence).threads
    for index in sorted(threads):
        if index >= len(threads):
            yield threads[index].pieces[0].at("index"), f"is {index}, but not every index below it is there"


@RULES.rule(
    "chat-stream-finish-once",
    "must",
    "Every choice has one finish reason.",
    source=f"{REFERENCE}#chat/streaming-choices; ai-dynamo/dynamo#4153, RayBytes/ChatMock#114",
)
def _finish_once(evidence: Evidence) -> Iterator[Finding]:
    for thread in streamed(evidence).threads.values():
        for piece in thread.finishes[1:]:
            first = thread.finishes[0].choice["finish_reason"]
            reason = shown(piece.choice["finish_reason"])
            yield piece.at("finish_reason"), f"is {reason}, but the choice had ended with {shown(first)}"


@RULES.rule(
    "chat-stream-finish-missing",
    "must",
    "Every choice has a finish reason before the stream ends.",
    source=f"{REFERENCE}#chat/streaming-choices; vercel/ai#19169",
)
def _finish_missing(evidence: Evidence) -> Iterator[Finding]:
    stream = streamed(evidence)
    for index, thread in stream.threads.items():
        if stream.complete and not thread.finishes:
            ended = "[DONE]" if stream.done else "the stream's end"
            yield at("choices", index, "finish_reason"), f"never comes: null until {ended}"


@RULES.rule(
    "chat-stream-after-finish",
    "must",
    "Nothing of a choice comes after its finish reason.",
    source=f"{REFERENCE}#chat/streaming-choices; BerriAI/litellm#8450",
)
def _after_finish(evidence: Evidence) -> Iterator[Finding]:
    for thread in streamed(evidence).threads.values():
        end = thread.finishes[0].frame.number if thread.finishes else None
        for piece in reversed(thread.pieces):
            if end is None or piece.frame.number <= end:
                break
            if not piece.choice.get("finish_reason"):
                what = f"{shown(piece.delta)}" if piece.says else "another delta of the choice"
                yield piece.at("delta"), f"{what} after its finish reason in event {end}"


@RULES.rule(
    "chat-stream-finish-alone",
    "should",
    "The chunk with the finish reason has an empty delta: clients that stop there lose what it says.",
    source=f"{REFERENCE}#chat/streaming-choices; ollama/ollama#17485",
)
def _finish_alone(evidence: Evidence) -> Iterator[Finding]:
    for thread in streamed(evidence).threads.values():
        for piece in thread.finishes:
            if piece.says:
                yield piece.at("delta"), f"is {shown(piece.delta)} beside the finish reason; {{}}"


@RULES.rule(
    "chat-stream-done-missing",
    "must",
    "A stream ends with [DONE].",
    source=f"{REFERENCE}; ikawrakow/ik_llama.cpp#467, huggingface/text-generation-inference#2221",
)
def _done_missing(evidence: Evidence) -> Iterator[Finding]:
    stream = streamed(evidence)
    if stream.complete and not stream.done:
        yield "the end of the body", "comes without `data: [DONE]`"


@RULES.rule("chat-stream-done-once", "must", "[DONE] comes once.", source=REFERENCE)
def _done_once(evidence: Evidence) -> Iterator[Finding]:
    for frame in streamed(evidence).done[1:]:
        yield frame.at("data"), "is [DONE] again"


@RULES.rule("chat-stream-done-last", "must", "Nothing comes after [DONE].", source=REFERENCE)
def _done_last(evidence: Evidence) -> Iterator[Finding]:
    done = streamed(evidence).done
    for frame in evidence.frames[done[0].number :] if done else ():
        if not frame.is_done:
            yield frame.at("data"), f"{shown(frame.event.data)} comes after [DONE], where clients have stopped reading"


@RULES.rule(
    "chat-stream-hangs",
    "must",
    "The connection isn't held open, with nothing to say, when every choice has ended.",
    source="waybarrios/vllm-mlx#101, diegosouzapw/OmniRoute#6777",
)
def _hangs(evidence: Evidence) -> Iterator[Finding]:
    stream = streamed(evidence)
    ended = stream.threads and all(thread.finishes for thread in stream.threads.values())
    if evidence.outcome == "timeout" and ended and not stream.done:
        yield "the end of the body", "neither [DONE] nor the connection's end came after the last finish reason"


@RULES.rule(
    "chat-stream-failed",
    "note",
    "The stream doesn't fail midway.",
    source="OpenAI guide, Streaming; recorded mid-stream errors of api.openai.com",
)
def _failed(evidence: Evidence) -> Iterator[Finding]:
    for frame in streamed(evidence).failures:
        yield frame.at("error"), f"the answer ends in an error: {shown(frame.data['error'])}"


@RULES.rule(
    "chat-stream-error",
    "must",
    "An error in a stream has a message, and a code that is a string or null, as the answer to a request would.",
    source="OpenAI guide, Error codes; BerriAI/litellm#40578, open-octo/octo-agent#910",
)
def _error(evidence: Evidence) -> Iterator[Finding]:
    for frame in streamed(evidence).failures:
        error = frame.data["error"]
        if not isinstance(error, dict):
            yield frame.at("error"), f"is {shown(error)}; an object with message, type, param and code"
            continue
        if not is_text(error.get("message")):
            yield frame.at("error.message"), f"is {shown(error.get('message', MISSING))}, not a string"
        if not isinstance(error.get("code"), str | None):
            yield frame.at("error.code"), f"is {shown(error['code'])}; a string or null"


@RULES.rule(
    "chat-stream-refused",
    "must",
    "A request that is refused gets a status of 400 or more, not a stream that begins with an error.",
    source="OpenAI API reference, Streaming; foundation-model-stack/fms-guardrails-orchestrator#436",
)
def _refused(evidence: Evidence) -> Iterator[Finding]:
    stream = streamed(evidence)
    if stream.failures and not stream.chunks:
        yield stream.failures[0].at("error"), f"is the first thing in a stream with status {evidence.status}"


@RULES.rule(
    "chat-stream-split-character",
    "should",
    "A character whose bytes are in two tokens comes whole in one delta, not as U+FFFD in two.",
    source="mlc-ai/mlc-llm#1142, jjang-ai/vmlx#129",
)
def _split_character(evidence: Evidence) -> Iterator[Finding]:
    if not any("\ufffd" in (choice.content or "") for choice in answered(evidence).choices):
        return
    for thread in streamed(evidence).threads.values():
        for before, after in pairwise(thread.texts):
            if before.delta["content"].endswith("\ufffd") and after.delta["content"].startswith("\ufffd"):
                yield after.at("delta", "content"), "begins with U+FFFD, where the delta before ends in U+FFFD"


@RULES.rule(
    "chat-stream-repeats",
    "must",
    "A delta has what is new, not the text so far.",
    source=f"{REFERENCE}#chat/streaming-choices: a chat completion delta",
)
def _repeats(evidence: Evidence) -> Iterator[Finding]:
    for thread in streamed(evidence).threads.values():
        if len(thread.texts) > 2:
            yield from _repeated(thread)


def _repeated(thread: Thread) -> Iterator[Finding]:
    texts = [piece.delta["content"] for piece in thread.texts]
    so_far, last = "".join(texts[:-1]), texts[-1]
    if len(last) >= _REPEATED and last == so_far:
        yield thread.texts[-1].at("delta", "content"), f"{shown(last)} is the whole text before it again"
    grows = all(len(a) < len(b) and b.startswith(a) for a, b in pairwise(texts))
    if grows and len(last) >= _REPEATED:
        yield thread.texts[-1].at("delta", "content"), f"{shown(last)} begins with each delta before it"
