"""The program that `retape record` and `retape replay` run: asks every question of a way with the official client.

    python -m live.ask ROUTE [HEADERS]        (with OPENAI_BASE_URL set; header fields as JSON)

It prints a line of JSON for each answer, with all of its bytes: two runs that print the same got the same.
"""

from __future__ import annotations

import json
import sys

from openai import OpenAI

from live.questions import answers
from live.routes import ROUTES


def main(route: str, headers: str = "{}") -> None:
    """Ask."""
    with OpenAI(max_retries=0, timeout=60, default_headers=json.loads(headers)) as client:
        for answer in answers(client, ROUTES[route].questions):
            print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
