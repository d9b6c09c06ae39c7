"""Trying a case: what a legal server does never fails, and what a broken one does is told apart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import retape
from mounted import says
from retape.verify.cases.actions import ACTIONS
from retape.verify.cases.attempt import attempt
from retape.verify.cases.case import Case, Kind
from retape.verify.cases.client import Outcome, Trouble, ask, make_client
from speaking import async_client
from verify.cases.trying import SHIPPED, at_once, kinds, one, tried, written
from wire import DONE, WireServer, completion, delta, event, plain, refused_port, stream

QUESTION = "messages: [{role: user, content: Which planet?}]"
EARTH = f"{{ask: {{{QUESTION}}}, expect: {{text: Earth}}}}"
TOOLS = f"""
    ask:
      {QUESTION}
      tools: [{{type: function, function: {{name: f, parameters: {{type: object}}}}}},
              {{type: function, function: {{name: g, parameters: {{type: object}}}}}}]
    expect: {{calls: {{f: {{x: 1}}, g: {{y: [2]}}}}, finish: tool_calls}}
"""
JSON = (("content-type", "application/json"),)
EVENTS = (("content-type", "text/event-stream"),)


def answering(body: Any, *, status: int = 200, headers: Any = JSON) -> retape.Handler:
    """A handler that always gives the same."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return says(retape.Head(status, headers), retape.Chunk(data))


def streaming(*events: bytes) -> retape.Handler:
    return answering(b"".join(events), headers=EVENTS)


def one_by_one(*answers: retape.Handler) -> retape.Handler:
    """A handler that answers each request in another way."""
    left = iter(answers)
    return lambda request: next(left)(request)


def refusing(status: int, body: Any = None) -> retape.Handler:
    error = {"error": {"message": "Not this.", "type": "invalid_request_error", "param": None, "code": None}}
    return answering(error if body is None else body, status=status)


def choice(told: dict[str, Any], finish: str | None = None, index: int = 0) -> dict[str, Any]:
    return {"index": index, "delta": told, "finish_reason": finish}


def chunk(*choices: dict[str, Any], **more: Any) -> bytes:
    rows = list(choices)
    return event({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": rows, **more})


def calls(*rows: dict[str, Any]) -> dict[str, Any]:
    return choice({"tool_calls": list(rows)})


def opened(index: int, name: str, arguments: str = "") -> dict[str, Any]:
    inner = {"name": name, "arguments": arguments}
    return {"index": index, "id": f"call_{index}", "type": "function", "function": inner}


def more(index: int, arguments: str) -> dict[str, Any]:
    return {"index": index, "function": {"arguments": arguments}}


LAST = chunk(choice({}, "stop"))
USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}

LEGAL: dict[str, tuple[str, list[bytes]]] = {
    "a chunk with the usage and no choices": (
        EARTH, [delta("Ea"), delta("rth"), LAST, chunk(usage=USAGE), DONE]),
    "choices of null in the usage's chunk": (
        EARTH, [delta("Earth"), LAST, event({"id": "c", "choices": None, "usage": USAGE}), DONE]),
    "a role without content, and content of null": (
        EARTH, [chunk(choice({"role": "assistant", "content": None})), delta("Earth"), LAST, DONE]),
    "comments, and fields that nobody knows": (
        EARTH, [b": processing\n\n", delta("Earth", obfuscation="xyz"), b": still\n\n", LAST, DONE]),
    "lines that end in CR LF": (
        EARTH, [b"".join([delta("Earth"), LAST, DONE]).replace(b"\n", b"\r\n")]),
    "parts of two calls in turns": (
        TOOLS, [chunk(calls(opened(0, "f"))), chunk(calls(opened(1, "g"))), chunk(calls(more(0, '{"x"'))),
                chunk(calls(more(1, '{"y": '))), chunk(calls(more(0, ": 1}"), more(1, "[2]}"))),
                chunk(choice({}, "tool_calls")), DONE]),
    "calls whose second index comes first": (
        TOOLS, [chunk(calls(opened(1, "g", '{"y": [2]}'))), chunk(calls(opened(0, "f", '{"x": 1}'))),
                chunk(choice({}, "tool_calls")), DONE]),
    "ids that are repeated in every part": (
        TOOLS, [chunk(calls(opened(0, "f", '{"x": '))), chunk(calls({**more(0, "1}"), "id": "call_0"})),
                chunk(calls(opened(1, "g", '{"y": [2]}'))), chunk(choice({}, "tool_calls")), DONE]),
    "a finish reason in the chunk of the last words": (
        EARTH, [chunk(choice({"content": "Earth"}, "stop")), DONE]),
}  # fmt: skip


@pytest.mark.parametrize("what", LEGAL)
def test_what_a_legal_stream_does_is_no_problem(what: str, tmp_path: Path) -> None:
    turn, events = LEGAL[what]
    found = tried(one(turn, tmp_path), streaming(*events), stream=True)
    assert found.problems == ()
    assert found.judged


def test_tokens_are_counted_over_all_turns() -> None:
    case = next(case for case in SHIPPED if case.id(False) == "test_chat_non_streaming_messages[multi_turn]")
    answers = [answering(completion(text) | {"usage": USAGE}) for text in ("Hello, Ada!", "Ada.")]
    found = tried(case, one_by_one(*answers))
    assert (found.prompt_tokens, found.completion_tokens, found.problems) == (14, 4, ())


HTML = answering(b"<html>502</html>", status=502, headers=(("content-type", "text/html"),))
REFUSED: dict[str, tuple[retape.Handler, str, Kind, str]] = {
    "a basic request is refused": (refusing(400), "", "protocol", "a valid request was refused: 400: Not this."),
    "a basic place isn't there": (refusing(404), "", "protocol", "a valid request was refused: 404"),
    "a capability is refused": (refusing(400), "needs: [tools]", "unsupported", "tools was refused: 400: Not this."),
    "a capability isn't there": (refusing(404), "needs: [tools]", "unsupported", "tools isn't there: 404"),
    "a capability isn't there, in plain text": (
        answering(b"404 page not found", status=404, headers=()), "needs: [tools]", "unsupported", "tools isn't there"),
    "a capability isn't implemented": (refusing(501), "needs: [tools]", "unsupported", "tools isn't there: 501"),
    "a capability is refused in words that are no error": (
        refusing(400, ["no"]), "needs: [tools]", "protocol", 'a valid request was refused: 400: ["no"]'),
    "the server fails": (refusing(500), "needs: [tools]", "protocol", "the server failed: 500"),
    "a proxy fails": (HTML, "needs: [tools]", "error", "the server is out of order: 502: <html>502</html>"),
    "the key is wrong": (refusing(401), "needs: [tools]", "error", "the key was refused: 401"),
    "there were too many": (refusing(429), "needs: [tools]", "error", "the rate limit was hit: 429"),
    "there is no credit": (refusing(402), "", "error", "the account has no credit"),
}  # fmt: skip


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("what", REFUSED)
def test_a_refusal_nobody_asked_for(what: str, stream: bool, tmp_path: Path) -> None:
    handler, needs, kind, said = REFUSED[what]
    found = tried(one(EARTH, tmp_path, more=needs), handler, stream=stream)
    (problem,) = found.problems
    assert (problem.kind, problem.turn, found.judged) == (kind, 1, False)
    assert problem.message.startswith(said)


def test_what_was_answered_before_isnt_unsupported_later(tmp_path: Path) -> None:
    turns = f"turns: [{{ask: {{{QUESTION}}}}}, {{ask: {{{QUESTION}}}}}]"
    found = tried(
        one(f"{{{turns}}}", tmp_path, more="needs: [tools]"), one_by_one(answering(completion("Hi")), refusing(400))
    )
    assert [(problem.kind, problem.turn) for problem in found.problems] == [("protocol", 2)]


def test_what_a_later_turn_asks_anew_may_be_unsupported(tmp_path: Path) -> None:
    turns = f"turns: [{{ask: {{{QUESTION}}}}}, {{ask: {{{QUESTION}, tool_choice: none}}}}]"
    found = tried(
        one(f"{{{turns}}}", tmp_path, more="needs: [tools]"), one_by_one(answering(completion("Hi")), refusing(400))
    )
    assert [(problem.kind, problem.turn) for problem in found.problems] == [("unsupported", 2)]


def test_what_never_happened_is_told_only_when_nothing_else_is(tmp_path: Path) -> None:
    found = tried(one(TOOLS, tmp_path), answering(completion("Hi")))
    assert kinds(found) == ["quality"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("handler", "needs", "kind"),
    [
        (refusing(400), "", None),
        (answering(completion("Hi")), "", "protocol"),
        (refusing(500), "", "protocol"),
        (refusing(404), "", "protocol"),
        (refusing(404), "needs: [tools]", "unsupported"),
    ],
)
def test_a_refusal_that_was_asked_for(
    handler: retape.Handler, needs: str, kind: Kind | None, stream: bool, tmp_path: Path
) -> None:
    turn = f"{{ask: {{{QUESTION}}}, expect: {{refused: [400, 422]}}}}"
    assert kinds(tried(one(turn, tmp_path, more=needs), handler, stream=stream)) == ([kind] if kind else [])


STREAMED: dict[str, tuple[retape.Handler, Kind, str]] = {
    "an answer that is no stream": (
        answering(completion("Earth")), "protocol", "a stream was asked for, and no event came."),
    "no event": (streaming(), "protocol", "a stream was asked for, and no event came."),
    "[DONE] alone": (streaming(DONE), "protocol", "a stream was asked for, and no event came."),
    "no choice ever": (streaming(chunk(usage=USAGE), DONE), "protocol", "the answer has no choices"),
    "an event that is no JSON": (
        streaming(delta("Ea"), b"data: {oops\n\n", DONE), "protocol",
        "the official client failed to read the answer: JSONDecodeError"),
    "an error on the way": (
        streaming(delta("Ea"), event({"error": {"message": "Overloaded.", "type": "server_error"}}), DONE), "error",
        "the stream ended in an error: Overloaded."),
    "an event that is a list": (
        streaming(b"data: [[1]]\n\n", DONE), "protocol", "an event is no JSON object: the client gave [[1]]."),
    "choices that are no list": (
        streaming(event({"id": "c", "choices": {"index": 0}}), DONE), "protocol",
        "choices is an object, and has to be a list of objects."),
    "a call's part without an index": (
        streaming(chunk(calls({"id": "c", "function": {"name": "f", "arguments": "{}"}})), DONE), "protocol",
        "a tool call's delta has no index, by which its parts belong together."),
    "arguments that are an object": (
        streaming(chunk(calls({"index": 0, "function": {"name": "f", "arguments": {}}})), DONE), "protocol",
        "a tool call's arguments are an object, and have to be JSON as text."),
}  # fmt: skip


@pytest.mark.parametrize("what", STREAMED)
def test_a_broken_stream(what: str, tmp_path: Path) -> None:
    handler, kind, said = STREAMED[what]
    (problem,) = tried(one(EARTH, tmp_path), handler, stream=True).problems
    assert problem.kind == kind
    assert problem.message.startswith(said)


PLAIN: dict[str, tuple[retape.Handler, str | tuple[str, ...]]] = {
    "events": (streaming(delta("Earth"), DONE), "the answer is no JSON object: the client gave 'data: {"),
    "text": (answering(b"Earth", headers=(("content-type", "text/plain"),)), "the answer is no JSON object"),
    "nothing": (answering(b""), ("the official client failed to read the answer: JSONDecodeError", "the answer is no")),
    "no choices": (answering({"id": "c", "choices": []}), "the answer has no choices"),
    "a list": (answering([1]), "the answer is no JSON object"),
    "broken JSON": (answering(b'{"id": '), "the official client failed to read the answer: JSONDecodeError"),
    "a message that is text": (answering({"choices": [{"message": "Earth"}]}), "message is text, and has to be an obj"),
}  # fmt: skip


@pytest.mark.parametrize("what", PLAIN)
def test_a_broken_answer(what: str, tmp_path: Path) -> None:
    handler, said = PLAIN[what]
    (problem,) = tried(one(EARTH, tmp_path), handler).problems
    assert problem.kind == "protocol"
    assert problem.message.startswith(said)


def test_a_body_that_isnt_encoded_as_it_says_is_the_protocols(tmp_path: Path) -> None:
    with retape.serve(answering(b"Earth", headers=(("content-encoding", "gzip"),))) as served:
        ((kind, message),) = over_the_wire(one(EARTH, tmp_path), served.base_url)
    assert kind == "protocol"
    assert message.startswith("the official client can't decode the answer: DecodingError")


def test_arguments_that_are_null_in_a_delta_are_nothing_new(tmp_path: Path) -> None:
    begun = chunk(calls({"index": 0, "id": "c", "function": {"name": "f", "arguments": None}}))
    rest = chunk(calls({"index": 0, "function": {"arguments": "{}"}}))
    case = one(f"{{ask: {{{QUESTION}}}, expect: {{calls: {{f: {{}}}}}}}}", tmp_path)
    assert tried(case, streaming(begun, rest, DONE), stream=True).problems == ()


def test_arguments_that_are_json_in_json_are_the_protocols(tmp_path: Path) -> None:
    told = chunk(calls({"index": 0, "id": "c", "function": {"name": "f", "arguments": '"{}"'}}))
    case = one(f"{{ask: {{{QUESTION}}}, expect: {{calls: {{f: {{}}}}}}}}", tmp_path)
    (problem,) = tried(case, streaming(told, DONE), stream=True).problems
    assert (problem.kind, problem.message) == (
        "protocol",
        'a call\'s arguments are no JSON object: it is JSON of another kind in f("{}")',
    )


def test_a_response_that_never_ends_is_no_answer(tmp_path: Path) -> None:
    events = [event({"type": "response.created", "response": {"id": "resp_1", "output": []}})]
    found = tried(
        one("{ask: {input: Hi}, expect: {text: Hi}}", tmp_path, endpoint="responses"), streaming(*events), stream=True
    )
    (problem,) = found.problems
    assert problem.message.startswith("the stream ended after response.created: none of response.completed, resp")


TWO = f"""{{turns: [
  {{ask: {{{QUESTION}, tools: [{{type: function, function: {{name: f}}}}]}}, expect: {{calls: {{f: {{}}}}}},
    results: {{f: "42"}}}},
  {{expect: {{text: "42"}}}}]}}"""


def called(name: str) -> retape.Handler:
    message = {"role": "assistant", "tool_calls": [{"id": "call_9", "type": "function",
                                                    "function": {"name": name, "arguments": "{}"}}]}  # fmt: skip
    return answering({"id": "c", "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]})


def test_a_tools_result_goes_back_by_its_calls_id(tmp_path: Path) -> None:
    sent: list[Any] = []
    answers = one_by_one(called("f"), answering(completion("It is 42.")))

    def handler(request: retape.Request) -> Iterator[retape.Step]:
        sent.append(request.json())
        return iter(tuple(answers(request)))

    assert tried(one(TWO, tmp_path), handler).problems == ()
    assert sent[1]["messages"][1:] == [
        {"role": "assistant", "content": None,
         "tool_calls": [{"id": "call_9", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "call_9", "content": "42"},
    ]  # fmt: skip
    assert sent[1]["tools"] == sent[0]["tools"]


def test_what_the_model_says_wrong_doesnt_end_the_conversation(tmp_path: Path) -> None:
    found = tried(one(TWO, tmp_path), one_by_one(called("g"), answering(completion("Who knows."))))
    assert [(problem.kind, problem.turn) for problem in found.problems] == [("quality", 1), ("quality", 2)]
    assert (found.turns, found.judged) == (2, True)


def test_without_a_call_there_is_no_result_to_bring(tmp_path: Path) -> None:
    found = tried(one(TWO, tmp_path), answering(completion("Hi")))
    assert [(problem.kind, problem.turn) for problem in found.problems] == [("quality", 1)]
    assert (found.turns, found.judged) == (1, True)


def test_a_turn_that_cant_be_asked_is_told_when_nothing_else_is(tmp_path: Path) -> None:
    case = one(TWO.replace("expect: {calls: {f: {}}},", ""), tmp_path)
    (problem,) = tried(case, answering(completion("Hi"))).problems
    assert (problem.kind, problem.turn) == ("inconclusive", 2)


def test_an_answer_in_the_background_is_looked_at_until_it_is_over() -> None:
    case = next(case for case in SHIPPED if case.id(False) == "test_response_non_streaming_stored[background]")
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    def response(status: str, *text: str) -> retape.Handler:
        output = [{"type": "message", "content": [{"type": "output_text", "text": one}]} for one in text]
        return answering({"id": "resp_1", "object": "response", "status": status, "output": output})

    answers = [response("queued"), response("queued"), response("in_progress"), response("completed", "Uranus")]
    assert tried(case, one_by_one(*answers), sleep=sleep).problems == ()
    assert waits == [0.05, 0.1]


def test_what_isnt_an_exception_of_the_client_passes(tmp_path: Path) -> None:
    def missing(request: retape.Request) -> Iterator[retape.Step]:
        raise retape.CassetteMiss("nothing answers", "nothing at all")

    with pytest.raises(retape.CassetteMiss, match="nothing at all"):
        tried(one(EARTH, tmp_path), missing)


def test_a_cancelled_try_is_cancelled(tmp_path: Path) -> None:
    case = written(
        "test: t\nendpoint: responses\ncases:\n  c:\n    turns: [{ask: {input: Hi}}, {does: wait}]\n", tmp_path
    )[0]
    waiting = answering({"id": "r", "object": "response", "status": "queued", "output": []})

    async def run() -> None:
        async with async_client(waiting, strict=False) as client:
            task = asyncio.current_task()
            assert task

            async def sleep(seconds: float) -> None:
                task.cancel("no more")
                await asyncio.sleep(0)

            await attempt(case, client=client, model="m", stream=False, sleep=sleep)

    with pytest.raises(asyncio.CancelledError, match="no more"):
        asyncio.run(run())


def over_the_wire(case: Case, url: str, *, stream: bool = False, timeout: float = 5.0) -> list[tuple[Kind, str]]:
    async def run() -> list[tuple[Kind, str]]:
        async with make_client(url, "unused", timeout=timeout) as client:
            found = await attempt(case, client=client, model="m", stream=stream, sleep=at_once)
        return [(problem.kind, problem.message) for problem in found.problems]

    return asyncio.run(run())


def test_a_server_that_isnt_there_is_an_error_and_no_verdict(tmp_path: Path) -> None:
    ((kind, message),) = over_the_wire(one(EARTH, tmp_path), f"http://127.0.0.1:{refused_port()}/v1")
    assert (kind, message.partition(":")[0]) == ("error", "no answer came")


def test_a_stream_that_breaks_is_an_error(server: WireServer, tmp_path: Path) -> None:
    server.says(stream(delta("Ea"), finish=False))
    ((kind, message),) = over_the_wire(one(EARTH, tmp_path), server.url, stream=True)
    assert kind == "error"
    assert message.startswith("the stream broke off after 1 event: ")


def test_a_stream_that_breaks_after_its_end_is_the_protocols(server: WireServer, tmp_path: Path) -> None:
    server.says(stream(delta("Earth"), delta("", finish_reason="stop"), finish=False))
    ((kind, message),) = over_the_wire(one(EARTH, tmp_path), server.url, stream=True)
    assert kind == "protocol"
    assert message.startswith("the answer came to its end, and the stream didn't: ")


def test_a_stream_without_end_is_left(tmp_path: Path) -> None:
    def pings(request: retape.Request) -> Iterator[retape.Step]:
        yield retape.Head(200, (("content-type", "text/event-stream"),))
        while True:
            yield retape.Chunk(b": ping\n\n")

    async def run(url: str) -> Outcome:
        async with make_client(url, "unused") as client:
            asked = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
            return await ask(client, ACTIONS["chat"], asked, stream=True, longest=0.05)

    with retape.serve(pings) as served:
        assert asyncio.run(run(served.base_url)) == Trouble("error", "the answer hadn't come to its end after 0.05 s")


def test_a_client_asks_once(server: WireServer, tmp_path: Path) -> None:
    server.says(plain({"error": {"message": "Later."}}, status="503 Service Unavailable"))
    assert [kind for kind, _ in over_the_wire(one(EARTH, tmp_path), server.url)] == ["error"]
    assert len(server.requests) == 1


def test_arguments_that_the_client_doesnt_know_are_sent(server: WireServer, tmp_path: Path) -> None:
    case = one(f"{{ask: {{{QUESTION}, brand_new: {{level: 3}}, temperature: hot}}}}", tmp_path)
    assert over_the_wire(case, server.url) == []
    body = json.loads(server.requests[0][2])
    assert (body["brand_new"], body["temperature"]) == ({"level": 3}, "hot")


def test_stream_options_are_for_streams(server: WireServer, tmp_path: Path) -> None:
    case = one(f"{{ask: {{{QUESTION}, stream_options: {{include_usage: true}}}}}}", tmp_path)
    over_the_wire(case, server.url)
    server.says(stream(delta("Earth"), DONE))
    over_the_wire(case, server.url, stream=True)
    plainly, streamed = (json.loads(body) for _, _, body in server.requests)
    assert "stream_options" not in plainly
    assert streamed["stream_options"] == {"include_usage": True}


def test_a_case_without_what_the_client_needs_is_an_error(tmp_path: Path) -> None:
    ((kind, message),) = over_the_wire(one("{ask: {temperature: 1}}", tmp_path), "http://127.0.0.1:9/v1")
    assert kind == "error"
    assert message.startswith("the case is wrong: Missing required arguments")
