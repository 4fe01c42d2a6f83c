"""A fake platform, its connector, and an office of both with the embedded desk."""

import pytest

from social_care.engine.office import Office
from tests.fakes import ACCOUNT, FakeConnector, FakePlatform


@pytest.fixture
def connector():
    return FakeConnector()


@pytest.fixture
def platform():
    return FakePlatform()


@pytest.fixture
def office(desk, connector, clock):
    return Office(desk, connector, ACCOUNT, clock)
