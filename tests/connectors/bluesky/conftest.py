"""A Bluesky on loopback with an office that serves it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

import pytest

from social_care.sandbox.bluesky import BlueskySandbox
from tests.connectors.bluesky.office import Town
from tests.fakes import StillClock


@pytest.fixture
def clock() -> StillClock:
    still = StillClock()
    still.now = datetime.now(timezone.utc)
    return still


@pytest.fixture
def sandbox(clock: StillClock) -> Iterator[BlueskySandbox]:
    with BlueskySandbox(clock) as running:
        yield running


@pytest.fixture
def town(sandbox: BlueskySandbox, clock: StillClock) -> Iterator[Town]:
    found = Town(sandbox, clock)
    yield found
    found.office.desk.close()
