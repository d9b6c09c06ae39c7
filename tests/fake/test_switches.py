"""Refusals that no request shows: what is the matter with an account is switched on."""

import json

import pytest

import retape
from fake.refusal_rows import CAUSED
from retape.errors import UsageError
from retape.handlers.fake.rules.switches import SWITCHES
from retape.tape.request import Request

HELLO = [{"role": "user", "content": "Hi"}]


def answer(fake, path, **body):
    """Status and body of the answer to a POST."""
    headers = (("authorization", "Bearer key"), ("content-type", "application/json"))
    head, *chunks = fake(Request("POST", f"https://api.openai.com/v1{path}", headers, json.dumps(body).encode()))
    return head.status, b"".join(chunk.data for chunk in chunks)


def code(fake, path, **body):
    """The code of a refusal, None when the request is fine."""
    status, data = answer(fake, path, **body)
    return None if status == 200 else json.loads(data)["error"]["code"]


def test_every_switch_gives_a_row_of_the_table_of_refusals():
    assert {name for row in CAUSED.values() for name in row.get("fake", {}).get("switches", ())} == set(SWITCHES)


def test_a_switch_that_does_not_exist_names_the_nearest():
    with pytest.raises(UsageError, match="there is no switch 'no-qota'; the nearest is 'no-quota'"):
        retape.Fake(switches="no-qota")


@pytest.mark.parametrize(
    ("model", "refused"), [("gpt-5", "unsupported_value"), ("o3", "unsupported_value"), ("gpt-4o", None)]
)
def test_an_organization_has_to_be_verified_to_stream_the_models_that_want_it(model, refused):
    fake = retape.Fake(switches="unverified-organization")
    assert code(fake, "/chat/completions", model=model, messages=HELLO, stream=True) == refused
    assert code(fake, "/chat/completions", model=model, messages=HELLO) is None


def test_no_credit_is_said_before_what_is_wrong_in_the_request():
    fake = retape.Fake(switches="no-quota")
    assert code(fake, "/chat/completions", model="gpt-4o", messages=[]) == "insufficient_quota"


def test_a_flagged_prompt_is_said_after_what_is_wrong_in_the_request():
    fake = retape.Fake(switches="flagged-prompt")
    assert code(fake, "/chat/completions", model="gpt-4o", messages=[]) == "empty_array"
    assert code(fake, "/chat/completions", model="gpt-4o", messages=HELLO) == "invalid_prompt"


def test_a_switch_about_images_leaves_everything_else_alone():
    fake = retape.Fake(switches=["image-policy", "billing-hard-limit"])
    assert code(fake, "/chat/completions", model="gpt-4o", messages=HELLO) is None
    assert code(fake, "/images/generations", model="gpt-image-1", prompt="a planet") == "billing_hard_limit_reached"
