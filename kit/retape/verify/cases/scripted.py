"""A fake that passes cases: it answers each turn with the case's own answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from retape.handlers.fake.fake import Fake
from retape.verify.cases.case import Case


def cases_fake(cases: Iterable[Case], **settings: Any) -> Fake:
    """A fake that answers the cases' requests with the cases' answers, in any order, to any client.

    Args:
        cases: the cases.
        settings: of the fake.
    """
    raise NotImplementedError
