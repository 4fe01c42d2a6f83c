"""A still clock and an embedded desk, for whoever asks."""

import pytest

from social_care.desks.sqlite import SqliteDesk
from tests.fakes import ACCOUNT, StillClock


@pytest.fixture
def clock():
    return StillClock()


@pytest.fixture
def desk(clock):
    desk = SqliteDesk(clock=clock)
    desk.add_account(ACCOUNT)
    yield desk
    desk.close()
