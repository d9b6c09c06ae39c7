"""Legacy completions: plain and streamed."""

from __future__ import annotations

from collections.abc import Iterator

from retape.verify.completions_answer import bodies, choices, wanted
from retape.verify.evidence import Evidence
from retape.verify.rule import Finding, Table
from retape.verify.words import MISSING, at, elements, is_count, is_int, is_text, members, shown

RULES = Table("completions", "plain stream")

REFERENCE = "https://platform.openai.com/docs/api-reference/completions"

_REASONS = ("stop", "length", "content_filter")
_MILLISECONDS = 10**11


def _place(where: str, key: str) -> str:
    return f"{where}: {key}" if where else key


@RULES.rule(
    "completions-object",
    "must",
    'The answer, or every chunk of it, is an object that says "text_completion".',
    source=f"{REFERENCE}/object",
)
def _object(evidence: Evidence) -> Iterator[Finding]:
    for where, body in bodies(evidence):
        told = body.get("object", MISSING) if isinstance(body, dict) else body
        if told != "text_completion":
            yield _place(where, "object"), f'is {shown(told)}, not "text_completion"'


@RULES.rule(
    "completions-head",
    "must",
    "A completion has an id, a model and the time in seconds since 1970.",
    source=f"{REFERENCE}/object",
)
def _head(evidence: Evidence) -> Iterator[Finding]:
    for where, body in bodies(evidence):
        told = members(body)
        for key in ("id", "model"):
            if not is_text(told.get(key)):
                yield _place(where, key), f"is {shown(told.get(key, MISSING))}, not a string with something in it"
        created = told.get("created", MISSING)
        if not is_int(created) or created >= _MILLISECONDS:
            yield _place(where, "created"), f"is {shown(created)}, not seconds since 1970"


@RULES.rule(
    "completions-choices",
    "must",
    "There is an array of choices, each with an index; only the chunk of the usage has none.",
    source=f"{REFERENCE}/object#completions/object-choices",
)
def _choices(evidence: Evidence) -> Iterator[Finding]:
    for where, body in bodies(evidence):
        told = members(body).get("choices", MISSING)
        counted = evidence.form == "stream" and members(members(body).get("usage"))
        if not isinstance(told, list) or not (told or counted):
            yield _place(where, "choices"), f"is {shown(told)}, not choices"
    for where, body in bodies(evidence):
        for number, choice in enumerate(elements(members(body).get("choices"))):
            if not isinstance(choice, dict):
                yield _place(where, at("choices", number)), f"is {shown(choice)}, not an object"
    for choice in choices(evidence):
        if choice.index is None:
            yield at(choice.where, "index"), f"is {shown(choice.body.get('index', MISSING))}, not an index"


@RULES.rule(
    "completions-count",
    "must",
    "There are as many choices as were asked for, with the indexes from 0 on, no two the same.",
    source=f"{REFERENCE}/create#completions-create-n",
)
def _count(evidence: Evidence) -> Iterator[Finding]:
    indexes = [choice.index for choice in choices(evidence) if choice.index is not None]
    told, asked = len(set(indexes)), wanted(evidence)
    whole = evidence.outcome == "complete" and not any("error" in members(frame.data) for frame in evidence.frames)
    if (whole or evidence.form == "plain") and indexes and told != asked:
        yield "choices", f"are {told}, and {asked} were asked for"
    if evidence.form == "plain" and len(indexes) != told:
        yield "choices", "have an index twice"
    beyond = sorted({index for index in indexes if not 0 <= index < asked})
    if beyond and told == asked:
        yield "choices", f"have the index {beyond[0]}, and not every one below {asked}"


@RULES.rule("completions-text", "must", "A choice has a text.", source=f"{REFERENCE}/object#completions/object-choices")
def _text(evidence: Evidence) -> Iterator[Finding]:
    for choice in choices(evidence):
        told = choice.body.get("text", MISSING)
        if not isinstance(told, str):
            yield at(choice.where, "text"), f"is {shown(told)}, not a string"


@RULES.rule(
    "completions-finish",
    "must",
    "A choice finishes once, with stop, length or content_filter.",
    source=f"{REFERENCE}/object#completions/object-choices",
)
def _finish(evidence: Evidence) -> Iterator[Finding]:
    finished: dict[int | None, str] = {}
    seen: set[int | None] = set()
    for choice in choices(evidence):
        told = choice.body.get("finish_reason", MISSING)
        seen.add(choice.index)
        if evidence.form == "stream" and (told is None or told is MISSING):
            continue
        if told not in _REASONS:
            yield at(choice.where, "finish_reason"), f"is {shown(told)}, not one of {', '.join(_REASONS)}"
        elif choice.index in finished:
            yield at(choice.where, "finish_reason"), f"is a second one, after {finished[choice.index]}"
        finished[choice.index] = choice.where
    if evidence.form == "stream" and evidence.outcome == "complete":
        for index in sorted(str(index) for index in seen - finished.keys()):
            yield "choices", f"choice {index} has no finish_reason at the stream's end"


@RULES.rule(
    "completions-after-finish",
    "must",
    "No text comes for a choice that has finished.",
    source=f"{REFERENCE}/object#completions/object-choices",
    forms="stream",
)
def _after(evidence: Evidence) -> Iterator[Finding]:
    finished: set[int | None] = set()
    for choice in choices(evidence):
        if choice.index in finished and choice.body.get("text"):
            yield at(choice.where, "text"), f"is {shown(choice.body['text'])}, and the choice has finished"
        if choice.body.get("finish_reason"):
            finished.add(choice.index)


@RULES.rule(
    "completions-stream-same",
    "must",
    "All chunks of a stream have one id and one time.",
    source=f"{REFERENCE}/object",
    forms="stream",
)
def _same(evidence: Evidence) -> Iterator[Finding]:
    told = [(where, members(body)) for where, body in bodies(evidence)]
    for where, body in told[1:]:
        for key in ("id", "created"):
            if body.get(key) != told[0][1].get(key):
                was = shown(told[0][1].get(key, MISSING))
                yield _place(where, key), f"is {shown(body.get(key, MISSING))}, and {was} in the first chunk"


@RULES.rule(
    "completions-stream-done",
    "must",
    "A stream ends with one [DONE], and with nothing after it.",
    source=f"{REFERENCE}/create#completions-create-stream",
    forms="stream",
)
def _done(evidence: Evidence) -> Iterator[Finding]:
    done = [frame.number for frame in evidence.frames if frame.is_done]
    failed = any("error" in members(frame.data) for frame in evidence.frames)
    if not done and evidence.outcome == "complete" and not failed:
        yield "body", "ends without [DONE]"
    for frame in evidence.frames:
        if done and frame.number > done[0]:
            yield frame.at(), "comes after [DONE]"


@RULES.rule(
    "completions-usage",
    "must",
    "The usage counts tokens in integers that add up; in a stream it comes when it was asked for.",
    source=f"{REFERENCE}/object#completions/object-usage",
)
def _usage(evidence: Evidence) -> Iterator[Finding]:
    found = [(where, members(body)["usage"]) for where, body in bodies(evidence) if members(body).get("usage")]
    asked = members(evidence.asked.get("stream_options")).get("include_usage") is True
    ended = evidence.outcome == "complete" and any(frame.is_done for frame in evidence.frames)
    if not found and bodies(evidence) and (evidence.form == "plain" or (asked and ended)):
        yield "usage", "is missing"
    for where, usage in found:
        told = [members(usage).get(name) for name in ("prompt_tokens", "completion_tokens", "total_tokens")]
        prompt, completion, total = told
        completion = 0 if completion is None else completion  # nothing was generated: some leave it out
        if not (is_count(prompt) and is_count(completion) and is_count(total)):
            yield _place(where, "usage"), f"is {shown(usage)}, not three counts"
        elif prompt + completion != total:
            yield _place(where, "usage.total_tokens"), f"is {total}, not {prompt} + {completion}"


@RULES.rule(
    "completions-echo",
    "must",
    "With `echo` a text begins with its prompt.",
    source=f"{REFERENCE}/create#completions-create-echo",
    forms="plain",
)
def _echo(evidence: Evidence) -> Iterator[Finding]:
    prompt = evidence.asked.get("prompt")
    for choice in choices(evidence) if evidence.asked.get("echo") is True and isinstance(prompt, str) else ():
        told = choice.body.get("text")
        if isinstance(told, str) and not told.startswith(str(prompt)):
            yield at(choice.where, "text"), f"is {shown(told)}, and doesn't begin with the prompt"


@RULES.rule(
    "completions-stop",
    "must",
    "A stop sequence isn't part of the text.",
    source=f"{REFERENCE}/create#completions-create-stop",
    forms="plain",
)
def _stop(evidence: Evidence) -> Iterator[Finding]:
    asked = evidence.asked.get("stop")
    stops = [stop for stop in (asked if isinstance(asked, list) else [asked]) if is_text(stop)]
    for choice in choices(evidence) if not evidence.asked.get("echo") else ():
        for stop in stops:
            if stop in str(choice.body.get("text")):
                yield at(choice.where, "text"), f"has {shown(stop)} in it, at which it was to stop"


@RULES.rule(
    "completions-logprobs",
    "must",
    "Log probabilities come when they were asked for: a list for each kind, all of one length.",
    source=f"{REFERENCE}/object#completions/object-choices",
    forms="plain",
)
def _logprobs(evidence: Evidence) -> Iterator[Finding]:
    asked = evidence.asked.get("logprobs")
    for choice in choices(evidence):
        told = choice.body.get("logprobs")
        if is_int(asked) and not isinstance(told, dict):
            yield at(choice.where, "logprobs"), f"is {shown(told)}, and they were asked for"
        elif asked is None and told is not None:
            yield at(choice.where, "logprobs"), "came although they weren't asked for"
        lengths = {len(elements(members(told).get(name))) for name in ("tokens", "token_logprobs", "text_offset")}
        if isinstance(told, dict) and is_int(asked) and len(lengths) > 1:
            yield at(choice.where, "logprobs"), "has lists of several lengths"
