"""instructor: structured answers by tool, by JSON schema and by JSON mode, asked again until they fit."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from pydantic import BaseModel, Field

import retape

instructor = pytest.importorskip("instructor", reason="needs instructor: tox -e clients-instructor")

PLANET: Any = [{"role": "user", "content": "Which planet is red? Answer as JSON."}]
MODES = ["TOOLS", "JSON", "JSON_SCHEMA"]


class Planet(BaseModel):
    name: str
    moons: int = Field(ge=0)


def ask(base_url: str, mode: str, **options: Any) -> Any:
    client = instructor.from_openai(
        openai.OpenAI(base_url=base_url, api_key="unused"), mode=getattr(instructor.Mode, mode)
    )
    create = client.chat.completions.create
    return create(model="gpt-4o-mini", messages=PLANET, response_model=Planet, **options).model_dump()


def planets() -> retape.Fake:
    fake = retape.Fake()
    fake.on(tool="Planet").call("Planet", name="Mars", moons=-1).call("Planet", name="Mars", moons=2)
    fake.on().reply('{"name":"Mars","moons":-1}').reply('{"name":"Mars","moons":2}')
    return fake


@pytest.mark.parametrize("mode", MODES)
def test_it_asks_again_until_the_answer_fits(mode: str, twice: Any) -> None:
    assert twice(planets(), lambda base_url: ask(base_url, mode, max_retries=3)) == {"name": "Mars", "moons": 2}
