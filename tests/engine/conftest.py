"""One desk, one fake platform, one account."""

import pytest

from social_care.desks.sqlite import SqliteDesk
from social_care.engine.intake import Office
from tests.fakes import ACCOUNT, FakeConnector, FakePlatform, StillClock


@pytest.fixture
def clock():
    return StillClock()


@pytest.fixture
def desk(clock):
    desk = SqliteDesk(clock=clock)
    desk.add_account(ACCOUNT)
    yield desk
    desk.close()


@pytest.fixture
def connector():
    return FakeConnector()


@pytest.fixture
def platform():
    return FakePlatform()


@pytest.fixture
def office(desk, connector, clock):
    return Office(desk, connector, ACCOUNT, clock)
