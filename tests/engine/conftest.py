"""A fake platform, its connector, an office of both with the embedded desk; a ticket there, and what a worker does."""

import pytest

from social_care.core.replies import Reply
from social_care.engine.delivery import deliver, reconcile
from social_care.engine.intake import handle_event
from social_care.engine.office import Office
from social_care.engine.replying import queue_reply
from tests.fakes import ACCOUNT, FakeConnector, FakePlatform, message


@pytest.fixture
def connector():
    return FakeConnector()


@pytest.fixture
def platform():
    return FakePlatform()


@pytest.fixture
def office(desk, connector, clock):
    return Office(desk, connector, ACCOUNT, clock)


@pytest.fixture
def ticket(office):
    return handle_event(message("1"), office).ticket


@pytest.fixture
def queue(office, ticket):
    def queue(text="We are sorry.", audience=None, name="r1"):
        target = office.desk.tickets.find_message(ACCOUNT.name, "1")
        reply = Reply(ticket=ticket, target=target, text=text, author="agent", audience=audience)
        with office.desk.transaction():
            return queue_reply(
                reply, ACCOUNT, reply_name=name, desk=office.desk, connector=office.connector, clock=office.clock
            )[1]

    return queue


@pytest.fixture
def send(office, platform):
    def send(part_id):
        return deliver(part_id, desk=office.desk, connect=platform.connect, clock=office.clock)

    return send


@pytest.fixture
def look(office, platform):
    def look(part_id):
        return reconcile(part_id, desk=office.desk, connect=platform.connect, clock=office.clock)

    return look


def first_response(desk):
    return desk.row("select first_response_at from ticket")["first_response_at"]
