"""What a property's name says of its value: a table that a person can add to.

A name is looked up whole and then by its words, the last first: `home_city` and `homeCity` are about a city.
"""

from __future__ import annotations

import re
from functools import lru_cache

PLACES = ("San Francisco, CA", "Paris, France", "Tokyo, Japan")

STRINGS: dict[str, tuple[str, ...]] = {
    "location": PLACES,
    "place": PLACES,
    "destination": PLACES,
    "origin": PLACES,
    "city": ("San Francisco", "Paris", "Tokyo"),
    "town": ("Bath", "Siena", "Leiden"),
    "state": ("California", "Bavaria", "Queensland"),
    "region": ("Europe", "North America", "Asia"),
    "country": ("United States", "France", "Japan"),
    "address": ("1 Main Street, Springfield", "12 Rue de la Paix, Paris"),
    "street": ("1 Main Street", "12 Rue de la Paix"),
    "zip": ("94103", "75002"),
    "zipcode": ("94103", "75002"),
    "postcode": ("94103", "75002"),
    "timezone": ("UTC", "Europe/Paris"),
    "name": ("Ada Lovelace", "Grace Hopper", "Alan Turing"),
    "first name": ("Ada", "Grace", "Alan"),
    "last name": ("Lovelace", "Hopper", "Turing"),
    "surname": ("Lovelace", "Hopper", "Turing"),
    "user": ("ada", "grace", "alan"),
    "username": ("ada", "grace", "alan"),
    "author": ("Ada Lovelace", "Grace Hopper"),
    "company": ("Example Ltd", "Sample Works"),
    "email": ("ada@example.com", "grace@example.org"),
    "phone": ("+1 555 0100", "+1 555 0142"),
    "url": ("https://example.com", "https://example.org"),
    "link": ("https://example.com", "https://example.org"),
    "uri": ("https://example.com", "https://example.org"),
    "website": ("https://example.com", "https://example.org"),
    "domain": ("example.com", "example.org"),
    "host": ("example.com", "example.org"),
    "path": ("/data/example.txt", "/data/sample.csv"),
    "file": ("example.txt", "sample.csv"),
    "filename": ("example.txt", "sample.csv"),
    "id": ("1", "42", "1001"),
    "uuid": ("3f2504e0-4f89-41d3-9a0c-0305e82c3301",),
    "code": ("A1", "B2", "C3"),
    "sku": ("AB-1001", "CD-2002"),
    "ticker": ("ACME", "EXMP"),
    "symbol": ("ACME", "EXMP"),
    "date": ("2025-06-15", "2025-03-01"),
    "day": ("Monday", "Tuesday", "Friday"),
    "month": ("June", "March", "September"),
    "time": ("09:30", "14:00"),
    "datetime": ("2025-06-15T09:30:00Z", "2025-03-01T14:00:00Z"),
    "timestamp": ("2025-06-15T09:30:00Z", "2025-03-01T14:00:00Z"),
    "duration": ("30 minutes", "1 hour"),
    "unit": ("celsius", "fahrenheit"),
    "units": ("metric", "imperial"),
    "currency": ("USD", "EUR", "JPY"),
    "price": ("19.99", "4.50"),
    "language": ("English", "French"),
    "lang": ("en", "fr"),
    "locale": ("en-US", "fr-FR"),
    "color": ("blue", "green"),
    "colour": ("blue", "green"),
    "category": ("general", "books"),
    "type": ("standard", "basic"),
    "kind": ("standard", "basic"),
    "status": ("active", "pending"),
    "priority": ("medium", "high"),
    "level": ("medium", "high"),
    "tag": ("example", "sample"),
    "tags": ("example", "sample"),
    "topic": ("weather", "history"),
    "subject": ("A short note", "An example"),
    "title": ("An example", "A short title"),
    "description": ("A short description.", "An example."),
    "summary": ("A short summary.", "In short: it works."),
    "reason": ("Because it was asked for.", "It fits best."),
    "reasoning": ("The question asks for it.", "It follows from the input."),
    "explanation": ("It follows from the input.", "One step leads to the next."),
    "comment": ("Looks good.", "No remarks."),
    "note": ("A short note.", "Nothing to add."),
    "text": ("An example text.", "A short text."),
    "content": ("An example text.", "A short text."),
    "message": ("Hello!", "A short message."),
    "body": ("Hello!", "A short message."),
    "answer": ("An example answer.", "Yes."),
    "response": ("An example answer.", "Yes."),
    "output": ("An example output.", "Done."),
    "result": ("An example result.", "Done."),
    "question": ("What is it?", "How does it work?"),
    "query": ("example query", "sample search"),
    "search": ("example query", "sample search"),
    "q": ("example query", "sample search"),
    "keyword": ("example", "sample"),
    "prompt": ("An example prompt.", "Say hello."),
    "input": ("An example input.", "Hello!"),
    "expression": ("1 + 1", "2 * 3"),
    "command": ("ls", "echo hello"),
    "sql": ("SELECT 1", "SELECT 2"),
    "model": ("model-1", "model-2"),
    "version": ("1.0.0", "2.1.0"),
    "key": ("key", "name"),
    "value": ("value", "example"),
}
"""A property's name -> values for it when it is a string."""

NUMBERS: dict[str, tuple[float, ...]] = {
    "age": (36, 28, 41),
    "year": (2025, 2024, 1999),
    "month": (6, 3, 9),
    "day": (15, 1, 30),
    "hour": (9, 14, 18),
    "minute": (30, 0, 45),
    "second": (0, 30),
    "price": (19.99, 4.5, 120),
    "cost": (19.99, 4.5, 120),
    "amount": (42.5, 10, 99),
    "total": (42.5, 10, 99),
    "quantity": (2, 1, 3),
    "count": (3, 2, 5),
    "limit": (10, 5, 20),
    "top": (3, 5),
    "page": (1, 2),
    "offset": (0, 10),
    "size": (10, 20),
    "temperature": (21.5, 18, 25),
    "humidity": (55, 40, 70),
    "lat": (37.7749, 48.8566, 35.6762),
    "latitude": (37.7749, 48.8566, 35.6762),
    "lng": (-122.4194, 2.3522, 139.6503),
    "lon": (-122.4194, 2.3522, 139.6503),
    "longitude": (-122.4194, 2.3522, 139.6503),
    "score": (0.9, 0.8, 0.75),
    "confidence": (0.9, 0.8, 0.75),
    "probability": (0.9, 0.8, 0.75),
    "rating": (4, 5, 3),
    "percent": (50, 25, 75),
    "percentage": (50, 25, 75),
    "rank": (1, 2, 3),
    "weight": (70, 12.5),
    "height": (170, 1.8),
    "width": (640, 100),
    "population": (870000, 2100000),
    "id": (1, 42, 1001),
}
"""A property's name -> values for it when it is a number."""

PLACE_WORDS = frozenset(
    [
        "location",
        "place",
        "destination",
        "origin",
        "city",
        "town",
        "state",
        "region",
        "country",
        "address",
        "where",
        "area",
    ]
)
TEXT_WORDS = frozenset(
    [
        "query",
        "q",
        "search",
        "name",
        "question",
        "prompt",
        "topic",
        "keyword",
        "text",
        "input",
        "term",
        "subject",
        "title",
    ]
)


@lru_cache(maxsize=4096)
def words(name: str) -> tuple[str, ...]:
    """The words of a property's name, in lower case: "homeCity", "home_city" and "home-city" are "home", "city"."""
    return tuple(word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+", name))


@lru_cache(maxsize=4096)
def strings(name: str) -> tuple[str, ...]:
    """Values for a string property of this name: of the table, or else text made of the name."""
    said = words(name)
    for key in (" ".join(said), *reversed(said)):
        for one in (key, key.removesuffix("s")):
            if one in STRINGS:
                return STRINGS[one]
    return (f"example {' '.join(said)}".strip(),)


@lru_cache(maxsize=4096)
def numbers(name: str) -> tuple[float, ...]:
    """Values for a numeric property of this name; none where the table has none."""
    return next((NUMBERS[word] for word in reversed(words(name)) if word in NUMBERS), ())


@lru_cache(maxsize=4096)
def need(name: str) -> int:
    """How much a string property of this name wants what the conversation said: 0 the most."""
    said = set(words(name))
    return 0 if said & PLACE_WORDS else 1 if said & TEXT_WORDS else 2
