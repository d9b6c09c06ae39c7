"""Log probabilities of a chat answer: there when asked for, of chat's shape, and of the text that they stand beside."""

from __future__ import annotations

from collections.abc import Iterator

from retape.verify.chat_answer import Choice, Token, answered
from retape.verify.evidence import Evidence
from retape.verify.rule import Finding, Table
from retape.verify.words import MISSING, at, elements, is_count, is_number, members, shown

RULES = Table("chat", "plain stream")

REFERENCE = "https://platform.openai.com/docs/api-reference/chat/object#chat/object-choices"
REQUEST = "https://platform.openai.com/docs/api-reference/chat/create#chat-create-top_logprobs"


def tokens(evidence: Evidence) -> Iterator[Token]:
    """The log probabilities of every token."""
    return (token for choice in answered(evidence).choices if choice.logprobs for token in choice.tokens)


def top(token: Token) -> list[object] | None:
    """The alternatives of a token; None when there is no such array."""
    value = members(token.entry).get("top_logprobs")
    return value if isinstance(value, list) else None


@RULES.rule(
    "chat-logprobs-unasked",
    "should",
    "There are no log probabilities that weren't asked for.",
    source=f"{REFERENCE}; recorded answers of api.openai.com",
)
def _unasked(evidence: Evidence) -> Iterator[Finding]:
    if evidence.asked.get("logprobs") is not True:
        for choice in answered(evidence).choices:
            for where, _ in choice.logprobs[:1]:
                yield where, "is there although the request doesn't ask for it; null"


@RULES.rule(
    "chat-logprobs-asked",
    "must",
    "Text has its log probabilities when they are asked for, in a stream too.",
    source=f"{REFERENCE}; OpenAI API reference, logprobs",
)
def _asked(evidence: Evidence) -> Iterator[Finding]:
    if evidence.asked.get("logprobs") is True:
        for choice in answered(evidence).choices:
            if choice.content and not choice.logprobs:
                yield at(choice.where, "logprobs"), "is null or missing although the request asks for it"
            elif choice.content and all(members(value).get("content") == [] for _, value in choice.logprobs):
                yield at(choice.where, "logprobs.content"), "is [] although there is a text"


@RULES.rule(
    "chat-logprobs-shape",
    "must",
    "`logprobs` has an array `content` (or `refusal`) of tokens; the shape of legacy completions is another.",
    source=f"{REFERENCE}; vllm-project/vllm#3179, abetlen/llama-cpp-python#1787",
)
def _shape(evidence: Evidence) -> Iterator[Finding]:
    for choice in answered(evidence).choices:
        for where, value in choice.logprobs:
            if not isinstance(value, dict):
                yield where, f"is {shown(value)}; an object or null"
            elif not isinstance(value.get("content"), list) and not isinstance(value.get("refusal"), list):
                yield where, f"has {', '.join(value) or 'nothing'}; arrays `content` and `refusal`, one of them null"


@RULES.rule(
    "chat-logprobs-token",
    "must",
    "Every token has its text, a log probability of at most 0, bytes (or null) and an array top_logprobs.",
    source=REFERENCE,
)
def _token(evidence: Evidence) -> Iterator[Finding]:
    for token in tokens(evidence):
        yield from _entry(token.where, token.entry)
        if top(token) is None:
            value = members(token.entry).get("top_logprobs", MISSING)
            yield at(token.where, "top_logprobs"), f"is {shown(value)}; an array"
        for n, entry in enumerate(top(token) or ()):
            yield from _entry(at(token.where, "top_logprobs", n), entry)


def _entry(where: str, entry: object) -> Iterator[Finding]:
    if not isinstance(entry, dict):
        yield where, f"is {shown(entry)}, not an object"
        return
    if not isinstance(entry.get("token"), str):
        yield at(where, "token"), f"is {shown(entry.get('token', MISSING))}; a string"
    value = entry.get("logprob", MISSING)
    if not is_number(value) or value > 0:
        yield at(where, "logprob"), f"is {shown(value)}; a number of at most 0"
    data = entry.get("bytes")
    if data is not None and not (isinstance(data, list) and all(is_count(byte) and byte < 256 for byte in data)):
        yield at(where, "bytes"), f"is {shown(data)}; an array of bytes, or null"


@RULES.rule(
    "chat-logprobs-text",
    "should",
    "The tokens, joined, are the text.",
    source=REFERENCE,
)
def _text(evidence: Evidence) -> Iterator[Finding]:
    for choice in answered(evidence).choices:
        if choice.logprobs and choice.content:
            joined = _joined(choice)
            if joined and joined != choice.content.encode("utf-8", "surrogatepass"):
                text = joined.decode("utf-8", "replace")
                yield at(choice.where, "logprobs"), f"its tokens say {shown(text)}, the text is {shown(choice.content)}"


def _joined(choice: Choice) -> bytes:
    """The bytes of all tokens; b"" when there is one that has neither bytes nor a text that can stand for them."""
    found = []
    for token in choice.tokens:
        entry = members(token.entry)
        data, text = entry.get("bytes"), entry.get("token")
        if isinstance(data, list) and all(is_count(byte) and byte < 256 for byte in data):
            found.append(bytes(data))
        elif data is None and isinstance(text, str) and "\ufffd" not in text:
            found.append(text.encode("utf-8", "surrogatepass"))
        else:
            return b""
    return b"".join(found)


@RULES.rule(
    "chat-logprobs-same-top",
    "should",
    "The alternatives are each token's own, not the first token's at every place.",
    source="sgl-project/sglang#2088",
)
def _same_top(evidence: Evidence) -> Iterator[Finding]:
    for choice in answered(evidence).choices:
        if not choice.logprobs:
            continue
        found = list(choice.tokens)
        tops, texts = [top(token) for token in found], {shown(members(token.entry).get("token")) for token in found}
        if len(texts) > 1 and tops[0] and all(one == tops[0] for one in tops):
            yield at(choice.where, "logprobs"), f"top_logprobs is {shown(tops[0])} at all {len(found)} tokens"


@RULES.rule(
    "chat-logprobs-more",
    "must",
    "A token has no more alternatives than were asked for.",
    source=REQUEST,
)
def _more(evidence: Evidence) -> Iterator[Finding]:
    wanted = evidence.asked.get("top_logprobs") or 0
    for token in tokens(evidence) if is_count(wanted) else ():
        if len(top(token) or ()) > wanted:
            yield at(token.where, "top_logprobs"), f"has {len(top(token) or ())} entries; {wanted} were asked for"


@RULES.rule(
    "chat-logprobs-fewer",
    "must",
    "Tokens have as many alternatives as were asked for; a single token may have fewer, never all of them.",
    source=f"{REQUEST}: in rare cases fewer than requested",
)
def _fewer(evidence: Evidence) -> Iterator[Finding]:
    wanted = evidence.asked.get("top_logprobs")
    if is_count(wanted) and wanted:
        counts = [len(elements(top(token))) for token in tokens(evidence)]
        if counts and max(counts) < wanted:
            yield "logprobs", f"the most alternatives of a token are {max(counts)}; {wanted} were asked for"
