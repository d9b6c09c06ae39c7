"""How hard the tests look: a little at every run, more on request."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("TAPE_EXAMPLES", "12"))
"""How many examples each property is tried with."""

settings.register_profile("tape", deadline=None, max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tape")
