"""Schemas as pydantic and the official client write them: what is made of one is an instance of the model."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator
from openai.lib._pydantic import to_strict_json_schema
from pydantic import AnyUrl, BaseModel, ConfigDict, Field, TypeAdapter

from retape.handlers.fake.schema.instance import instance
from retape.handlers.fake.schema.strict import problem


class Unit(StrEnum):
    CELSIUS = "celsius"
    FAHRENHEIT = "fahrenheit"


class Weather(BaseModel):
    """Asks for the weather."""

    location: str = Field(description="City and state, e.g. San Francisco, CA")
    unit: Unit = Unit.CELSIUS
    days: Annotated[int, Field(ge=1, le=7)] = 3


class Address(BaseModel):
    street: str
    city: str
    zip: Annotated[str, Field(pattern=r"^\d{5}$")]
    country: Literal["US", "DE", "日本"] = "US"


class Person(BaseModel):
    name: Annotated[str, Field(min_length=2, max_length=12)]
    age: Annotated[int, Field(ge=0, lt=150)]
    email: str | None
    addresses: list[Address]
    home: Address = Field(description="Where the person lives")


class Event(BaseModel):
    title: str
    starts: datetime.datetime
    day: datetime.date
    at: datetime.time
    lasts: datetime.timedelta
    id: UUID


class Step(BaseModel):
    explanation: str
    output: str


class Reasoning(BaseModel):
    steps: Annotated[list[Step], Field(min_length=2, max_length=4)]
    final_answer: str
    confidence: Annotated[float, Field(gt=0, lt=1)]


class Node(BaseModel):
    value: int
    left: Node | None
    right: Node | None


class Screen(BaseModel):
    kind: Literal["div", "button"]
    label: str
    children: list[Screen]


class Query(BaseModel):
    model_config = ConfigDict(extra="forbid")

    table: Literal["orders", "customers"]
    columns: set[Literal["id", "status", "total"]]
    where: list[Condition]
    limit: Annotated[int, Field(multiple_of=10, gt=0)]


class Condition(BaseModel):
    column: str
    operator: Literal["=", ">", "<"]
    value: str | int | float | bool


class Product(BaseModel):
    sku: Annotated[str, Field(pattern=r"^[A-Z]{2}-\d{4}$")]
    price: Annotated[float, Field(ge=0, multiple_of=0.01)]
    größe: Literal["S", "M", "L"]
    tags: Annotated[list[str], Field(max_length=5)]
    stock: int | None


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    good: bool


class Pet(BaseModel):
    animal: Annotated[Cat | Dog, Field(discriminator="kind")]


class Point(NamedTuple):
    x: float
    y: float


class Shape(BaseModel):
    outline: list[Point]
    scale: tuple[int, str]


class Settings(BaseModel):
    values: dict[str, int]
    extra: dict[str, Any] = {}


class Invoice(BaseModel):
    total: Decimal
    link: AnyUrl
    lines: Annotated[list[Product], Field(min_length=1)]


STRICT = [Weather, Address, Person, Event, Reasoning, Node, Screen, Product]
MODELS = [*STRICT, Query, Condition, Pet, Shape, Settings, Invoice]


def check(model: type[BaseModel], schema: dict[str, Any], seed: str) -> None:
    made = instance(schema, seed=seed, hints=("Oslo, Norway", "4"))
    found = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).iter_errors(made)
    assert [error.message for error in found] == []
    model.model_validate_json(json.dumps(made))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("seed", ["a", "b"])
def test_what_is_made_of_a_model_s_schema_is_one(model: type[BaseModel], seed: str) -> None:
    check(model, model.model_json_schema(), seed)


@pytest.mark.parametrize("model", MODELS)
def test_what_is_made_of_the_official_client_s_strict_schema_is_one(model: type[BaseModel]) -> None:
    check(model, to_strict_json_schema(model), "s")


@pytest.mark.parametrize("model", STRICT)
def test_the_official_client_s_strict_schema_is_taken(model: type[BaseModel]) -> None:
    assert problem(to_strict_json_schema(model), strict=True) is None
    assert problem(model.model_json_schema(), strict=False) is None


REFUSED: dict[Any, str] = {
    Query: "In context=('properties', 'columns'), 'uniqueItems' is not permitted.",
    Pet: "In context=('properties', 'animal'), 'oneOf' is not permitted.",
    Shape: "In context=('properties', 'scale'), array schema missing items.",
}


@pytest.mark.parametrize("model", REFUSED, ids=lambda model: model.__name__)
def test_what_the_official_client_can_t_make_strict_is_refused(model: type[BaseModel]) -> None:
    found = problem(to_strict_json_schema(model), strict=True)
    assert found is not None
    assert REFUSED[model] in found.tail


def test_an_adapter_s_schema_of_a_union_has_no_object_at_its_top() -> None:
    schema = TypeAdapter(Cat | Dog).json_schema()
    found = problem(schema, strict=True)
    assert found is not None
    assert found.tail == """: schema must be a JSON Schema of 'type: "object"', got 'type: "None"'."""
    assert instance(schema, seed="s") == {"kind": "cat", "lives": instance(schema, seed="s")["lives"]}
