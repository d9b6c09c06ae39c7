"""Error statuses, with OpenAI's bodies and headers."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from faults.scenes import api, body_of, head_of, plain, read, refusal, request, say, steps
from retape import Head, Request, Step, UsageError, faults
from retape.handlers.faults.allowance import tokens_of
from retape.handlers.faults.causes import CAUSES

KINDS: dict[int, type[openai.APIStatusError]] = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    403: openai.PermissionDeniedError,
    404: openai.NotFoundError,
    409: openai.ConflictError,
    422: openai.UnprocessableEntityError,
    429: openai.RateLimitError,
    500: openai.InternalServerError,
    502: openai.InternalServerError,
    503: openai.InternalServerError,
    504: openai.InternalServerError,
}

NAMED: dict[str, tuple[int, str | None, str | None]] = {
    "bad-request": (400, "invalid_request_error", None),
    "context-length": (400, "invalid_request_error", "context_length_exceeded"),
    "flagged": (400, "invalid_request_error", "invalid_prompt"),
    "invalid-key": (401, "invalid_request_error", "invalid_api_key"),
    "no-key": (401, "invalid_request_error", None),
    "no-permission": (401, "invalid_request_error", None),
    "no-organization": (401, "invalid_request_error", "no_organization"),
    "unsupported-country": (403, "request_forbidden", "unsupported_country_region_territory"),
    "no-model-access": (403, "invalid_request_error", "model_not_found"),
    "not-found": (404, "invalid_request_error", None),
    "model-not-found": (404, "invalid_request_error", "model_not_found"),
    "request-timeout": (408, "server_error", "request_timeout"),
    "conflict": (409, "invalid_request_error", "conflict"),
    "too-large": (413, "server_error", None),
    "unprocessable": (422, "invalid_request_error", None),
    "rate-limit": (429, "requests", "rate_limit_exceeded"),
    "rate-limit-tokens": (429, "tokens", "rate_limit_exceeded"),
    "request-too-large": (429, "tokens", "rate_limit_exceeded"),
    "insufficient-quota": (429, "insufficient_quota", "insufficient_quota"),
    "billing-not-active": (429, "billing_not_active", "billing_not_active"),
    "server-error": (500, "server_error", None),
    "bad-gateway": (502, None, None),
    "overloaded": (503, "server_error", "server_is_overloaded"),
    "gateway-timeout": (504, None, None),
}


def test_every_named_error_is_tested() -> None:
    assert NAMED.keys() == CAUSES.keys()


@pytest.mark.parametrize("name", NAMED)
def test_a_named_error_is_the_clients_exception_with_openais_type_and_code(name: str) -> None:
    status, kind, code = NAMED[name]
    error = refusal(faults.fault(name)(api))
    assert type(error) is KINDS.get(status, openai.APIStatusError)
    assert (error.status_code, error.type, error.code) == (status, kind, code)


@pytest.mark.parametrize(
    "status", [400, 401, 402, 403, 404, 408, 409, 413, 418, 422, 429, 451, 499, 500, 501, 503, 529]
)
def test_any_error_status_has_a_body_in_openais_shape(status: int) -> None:
    error = refusal(faults.status(api, status))
    assert error.status_code == status
    assert set(error.response.json()["error"]) == {"message", "type", "param", "code"}


def test_the_proxys_errors_are_pages() -> None:
    error = refusal(faults.bad_gateway(api))
    assert error.response.headers["content-type"] == "text/html; charset=UTF-8"
    assert "<h1>502 Bad Gateway</h1>" in error.response.text


@pytest.mark.parametrize("which", [200, 302, 399, 600, "99", "rate-limits", "nonsense"])
def test_what_is_no_error_is_refused(which: Any) -> None:
    with pytest.raises(UsageError, match=f"no error {which!r}"):
        faults.status(api, which)


def test_the_wrong_key_is_echoed_masked() -> None:
    assert "provided: unused. You" in refusal(faults.invalid_key(api)).message
    asked = request()
    long = Request(asked.method, asked.url, (("Authorization", "Bearer " + "k" * 20 + "last"),), asked.body)
    assert f"provided: kkkkkkkk{'*' * 12}last. You" in body_of(steps(faults.invalid_key(api), long)).decode()


@pytest.mark.parametrize(
    ("path", "layout"), [("/v1/chat/completions", "\n    "), ("/v1/embeddings", "\n    "), ("/v1/responses", "\n  ")]
)
def test_a_limit_is_laid_out_as_the_layer_that_answers_does(path: str, layout: str) -> None:
    body = body_of(steps(faults.rate_limit(api), request(path))).decode()
    assert body.startswith("{" + layout + '"error"')
    assert body.endswith("\n") == (layout == "\n    ")


def test_a_missing_model_is_said_otherwise_by_responses() -> None:
    taken = steps(faults.model_not_found(api), request("/v1/responses"))
    assert head_of(taken).status == 400
    assert json.loads(body_of(taken))["error"]["param"] == "model"


def test_a_context_overflow_is_said_otherwise_by_responses() -> None:
    said = {path: json.loads(body_of(steps(faults.context_length(api), request(path))))["error"] for path in PATHS}
    assert [error["param"] for error in said.values()] == ["messages", "input"]
    assert said[PATHS[1]]["message"].startswith("Your input exceeds the context window of this model.")


def test_a_server_error_names_its_request_and_is_the_same_each_time() -> None:
    first, second = refusal(faults.server_error(api)), refusal(faults.server_error(api))
    assert first.request_id == second.request_id
    assert f"request ID {first.request_id} in your email" in first.message


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
def test_a_client_tries_again_at_once(status: int) -> None:
    fault = faults.status(api, status, retry_after=30, times=2)
    assert say(fault, max_retries=2).choices[0].message.content == "Grüße!"
    assert (fault.asked, fault.struck) == (3, 2)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_client_is_not_told_to_try_again_what_will_fail_again(status: int) -> None:
    headers = refusal(faults.status(api, status)).response.headers
    assert not {"retry-after", "retry-after-ms"} & set(headers)


DELAYS: dict[str, tuple[dict[str, Any], str | None, str | None]] = {
    "at once": ({"retry_after": 2.2}, "3", "1"),
    "really": ({"retry_after": 2.2, "real_delays": True}, "3", "2200"),
    "whole seconds": ({"retry_after": 20, "real_delays": True}, "20", "20000"),
    "nobody knows": ({}, None, "1"),
    "nobody knows, really": ({"real_delays": True}, None, None),
}


@pytest.mark.parametrize("name", DELAYS)
def test_retry_after_is_honest_and_its_milliseconds_cost_nothing_unless_asked_for(name: str) -> None:
    arguments, seconds, milliseconds = DELAYS[name]
    head = head_of(steps(faults.server_error(api, **arguments)))
    assert (head.header("retry-after"), head.header("retry-after-ms")) == (seconds, milliseconds)


def test_retry_after_can_be_a_date() -> None:
    head = head_of(steps(faults.status(api, 503, retry_after=30, date=True, now=lambda: 1_767_225_600.0)))
    assert head.header("retry-after") == "Thu, 01 Jan 2026 00:00:30 GMT"


@pytest.mark.parametrize("says", [True, False])
def test_the_client_obeys_x_should_retry(says: bool) -> None:
    fault = faults.status(api, 404 if says else 500, should_retry=says, retry_after=0.001, real_delays=True)
    refusal(fault, max_retries=1)
    assert fault.asked == 1 + says


PATHS = ("/v1/chat/completions", "/v1/responses")

SENTENCE = re.compile(
    r"Rate limit reached for (\S+) in organization org-retape on (requests|tokens) per (min|day) \((\w+)\): "
    r"Limit (\d+), Used (\d+), Requested (\d+)\. Please try again in (\S+)\. Visit"
)


def seconds(printed: str) -> float:
    """A duration of OpenAI's, read again."""
    units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([\d.]+)(ms|h|m|s)", printed))


@pytest.mark.parametrize("wait", [None, 0.002, 0.12, 1, 7, 20, 26.604, 45, 60, 69.696, 600, 7200])
@pytest.mark.parametrize("kind", ["requests", "tokens"])
def test_a_rate_limits_sentence_and_headers_add_up(kind: str, wait: float | None) -> None:
    make = faults.rate_limit if kind == "requests" else faults.rate_limit_tokens
    error = refusal(make(api, retry_after=wait, real_delays=True))
    headers = error.response.headers
    found = SENTENCE.search(error.message)
    assert found is not None
    model, what, window, short, *numbers, again = found.groups()
    limit, used, wanted = map(int, numbers)
    span = {"min": 60, "day": 86_400}[window]
    assert (model, what, short) == ("gpt-4o-mini", kind, f"{kind[0]}p{window[0]}".upper())
    assert used <= limit
    assert used + wanted >= limit
    assert wait is None or seconds(again) == pytest.approx(wait, abs=0.0011)
    # what is printed as used is rounded up, so that the sum may be off by one
    assert seconds(again) == pytest.approx((used + wanted - limit) * span / limit, abs=span / limit + 0.0011)
    assert headers["retry-after"] == str(math.ceil(round(seconds(again), 3)))
    assert int(headers["retry-after-ms"]) == pytest.approx(seconds(again) * 1000, abs=1)
    assert headers[f"x-ratelimit-limit-{kind}"] == str(limit)
    for each in ("requests", "tokens"):
        most = int(headers[f"x-ratelimit-limit-{each}"])
        left = int(headers[f"x-ratelimit-remaining-{each}"])
        full = span if each == kind else 60
        back = seconds(headers[f"x-ratelimit-reset-{each}"])
        assert 0 <= left <= most
        assert back == pytest.approx((most - left) * full / most, abs=full / most + 0.0011)


def test_a_request_above_the_whole_limit_is_told_no_time() -> None:
    error = refusal(faults.request_too_large(api))
    assert re.search(r"Request too large for gpt-4o-mini .* \(TPM\): Limit 30000, Requested 90000\. The", error.message)
    assert "retry-after" not in error.response.headers


def test_the_words_follow_the_request() -> None:
    error = json.loads(body_of(steps(faults.model_not_found(api), request(model="gpt-9"))))["error"]
    assert error["message"] == "The model `gpt-9` does not exist or you do not have access to it."


@pytest.mark.parametrize("name", ["status", "rate-limit", "refused", "timeout", "reset", "html-page"])
def test_the_handler_is_not_asked_by_what_answers_in_its_place(name: str) -> None:
    asked: list[Request] = []

    def handler(request: Request) -> Iterator[Step]:
        asked.append(request)
        return plain()(request)

    fault = faults.fault(name, times=1)(handler)
    steps(fault)
    assert not asked
    assert steps(fault) == steps(plain())
    assert len(asked) == 1


def test_a_stream_is_refused_the_same_way() -> None:
    came, error = read(faults.overloaded(api))
    assert came == []
    assert type(error) is openai.InternalServerError


COUNTS: dict[str, tuple[Any, int]] = {
    "a quarter of the characters": ({"messages": [{"role": "user", "content": "x" * 396}]}, 100),
    "max_tokens when that is more": ({"messages": [], "max_tokens": 500}, 500),
    "max_completion_tokens": ({"messages": [], "max_completion_tokens": 7}, 7),
    "the input of responses": ({"input": "x" * 40, "instructions": "y" * 40, "max_output_tokens": 3}, 20),
    "an image's base64 is no text": ({"input": [{"image_url": "data:image/png;base64," + "A" * 4000}]}, 1),
    "no JSON": (None, 1),
}


@pytest.mark.parametrize("name", COUNTS)
def test_a_request_counts_for_the_larger_of_max_tokens_and_a_quarter_of_its_characters(name: str) -> None:
    body, tokens = COUNTS[name]
    assert tokens_of(body) == tokens


def test_a_fault_without_an_answer_to_give_still_begins_with_a_head() -> None:
    assert isinstance(steps(faults.status(api, 500))[0], Head)
