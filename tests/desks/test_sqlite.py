"""The embedded desk keeps the desk contract."""

import pytest
from tests.desks.contract import DeskContract
from tests.fakes import ACCOUNT, StillClock

from social_care.desks.sqlite import SqliteDesk


@pytest.fixture
def clock():
    return StillClock()


@pytest.fixture
def desk(clock):
    desk = SqliteDesk(clock=clock)
    desk.add_account(ACCOUNT)
    yield desk
    desk.close()


class TestSqliteDesk(DeskContract):
    pass
