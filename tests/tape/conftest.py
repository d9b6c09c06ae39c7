from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("tape", deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tape")
