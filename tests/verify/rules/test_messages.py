"""A finding says where it is, what is there, and what should be."""

from __future__ import annotations

import pytest

import retape
from retape.verify.rulebook import violations
from verify.rules.answers import (
    DONE,
    HELLO,
    WEATHER,
    call,
    calls,
    chat,
    choice,
    completion,
    error,
    first,
    last,
    opened,
    stream,
    told,
    tool,
    tool_stream,
)


@pytest.mark.parametrize(
    ("exchange", "said"),
    [
        (
            chat(completion(choice(finish="eos"))),
            'choices[0].finish_reason: is "eos"; one of stop, length, tool_calls, content_filter, function_call '
            "[must chat-finish-reason]",
        ),
        (
            chat(completion(created=1763600000123)),
            "created: is 1763600000123: milliseconds; the seconds since 1970 [must chat-created]",
        ),
        (
            stream(*HELLO[:-1], last("length"), DONE),
            'event 5: choices[0].finish_reason: is "length", but the choice had ended with "stop" '
            "[must chat-stream-finish-once]",
        ),
        (
            tool_stream(opened(), tool('{"city": "A"}'), tool('{"city": "B"}')),
            'event 2: choices[0].delta.tool_calls[0].function.arguments: "{\\"city\\": \\"A\\"}{\\"city\\": \\"B\\"}" '
            "has another call's arguments after the first JSON value [must chat-tool-arguments-json]",
        ),
        (
            chat(calls(call('{"city": "Par')), tools=[WEATHER]),
            'choices[0].message.tool_calls[0].function.arguments: "{\\"city\\": \\"Par" is no JSON: '
            "Unterminated string starting at character 9 [must chat-tool-arguments-json]",
        ),
        (
            chat(calls(call("{}")), tools=[WEATHER]),
            "choices[0].message.tool_calls[0].function.arguments: \"{}\": it has no 'city' [should chat-tool-schema]",
        ),
        (
            stream(first(), http={"outcome": "early-end"}),
            "the end of the body: the connection was closed after 225 bytes, before the answer's end "
            "[must http-whole-body]",
        ),
        (
            error(told(code=400)),
            "error.code: is 400; a string or null [must error-code]",
        ),
        (
            chat(temperature=2.1),
            "status: is 200, but the request's temperature is 2.1, not from 0 to 2; 400 [must chat-refused-answered]",
        ),
    ],
)
def test_a_finding_reads_like_this(exchange: retape.Exchange, said: str) -> None:
    assert [str(violation) for violation in violations(exchange)] == [said]
