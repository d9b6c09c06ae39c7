"""The list of models, one of them, and what can be deleted."""

from __future__ import annotations

import openai
import pytest

from retape import Fake
from retape.handlers.fake.models import MODELS
from speaking import async_client, client

TUNED = "ft:gpt-4o-mini-2024-07-18:my-org::9abcDEF1"


def test_the_list_has_every_model_that_answers_and_the_fakes_own() -> None:
    listed = {model.id for model in client(Fake(models=["llama-9", TUNED])).models.list()}
    alive = {name for name, model in MODELS.items() if "shut-down" not in model.traits}
    assert listed == alive | {"llama-9", TUNED}


@pytest.mark.parametrize(
    ("name", "owner"), [("gpt-4o-mini", "system"), (TUNED, "my-org"), ("whisper-1", "openai-internal")]
)
def test_a_model_can_be_looked_up(name: str, owner: str) -> None:
    found = client(Fake()).models.retrieve(name)
    assert (found.id, found.object, found.owned_by) == (name, "model", owner)


@pytest.mark.parametrize("act", ["retrieve", "delete"])
def test_a_model_that_does_not_exist_is_refused_as_openai_does(act: str) -> None:
    with pytest.raises(openai.NotFoundError, match="The model 'ft:123' does not exist") as caught:
        getattr(client(Fake()).models, act)("ft:123")
    assert (caught.value.param, caught.value.code) == ("model", "model_not_found")


def test_a_model_that_was_shut_down_is_gone() -> None:
    with pytest.raises(openai.NotFoundError, match="The model 'gpt-4-32k' does not exist"):
        client(Fake()).models.retrieve("gpt-4-32k")


def test_a_fine_tuned_model_can_be_deleted_once() -> None:
    api = client(Fake(models=[TUNED]))
    assert api.models.delete(TUNED).deleted
    assert TUNED not in {model.id for model in api.models.list()}
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        api.models.delete(TUNED)


def test_nobody_deletes_openais_models() -> None:
    with pytest.raises(openai.PermissionDeniedError, match="insufficient permissions"):
        client(Fake()).models.delete("gpt-4o")


@pytest.mark.anyio
async def test_the_asynchronous_client_reads_the_list() -> None:
    assert len((await async_client(Fake()).models.list()).data) > 100
