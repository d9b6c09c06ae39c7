"""What answers: functions from a request to an iterator of steps.  No I/O, no sleeping, no sync/async twins."""

from collections.abc import Callable, Iterator

from retape.tape.request import Request
from retape.tape.steps import Step

Handler = Callable[[Request], Iterator[Step]]
"""Whatever answers: a recording, a fake, a fault wrapped around either."""
