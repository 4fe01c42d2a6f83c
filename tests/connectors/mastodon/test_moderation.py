"""Liking, deleting and blocking: what is offered, and what the mock holds after it was done."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from social_care.connectors.mastodon.moderation import FOLLOW, NO_LONGER_TOLD, NOBODY, NOT_OURS, offer
from social_care.core.accounts import Account
from social_care.core.errors import Refused, TargetGone
from social_care.core.events import Audience
from social_care.core.moderation import ModerationAction as Do
from social_care.core.replies import StoredMessage
from social_care.wiring import LocalOffice
from tests.connectors.contract.proof import stored
from tests.connectors.mastodon.test_with_mock import ACCOUNT, Server, answer, clock, mock, office, poll, server

__all__ = ["clock", "mock", "office", "server"]  # pytest finds them here

US, ADA = "https://mock.local/@northwind", "https://mock.local/@ada"
OURS = Account(name="Northwind", platform="mastodon", external_id=US)
HERS, OWN = stored(Audience.PUBLIC, author_id=ADA), stored(Audience.PUBLIC, author_id=US)


def target_of(office: LocalOffice, message_id: str) -> StoredMessage:
    target = office.desk.tickets.find_message(ACCOUNT.name, message_id)
    assert target is not None, f"the message {message_id} did not come"
    return target


@pytest.mark.parametrize(
    ("action", "target", "permissions", "refusal"),
    [
        (Do.LIKE, HERS, (), ""),
        (Do.LIKE, HERS, ("read", "write"), ""),
        (Do.LIKE, HERS, ("read", "write:statuses"), "lacks write:favourites"),
        (Do.DELETE, OWN, ("write:statuses",), ""),
        (Do.DELETE, HERS, (), NOT_OURS),
        (Do.BLOCK, HERS, ("write:blocks",), ""),
        (Do.UNBLOCK, HERS, ("read", FOLLOW), ""),
        (Do.BLOCK, HERS, ("write:statuses",), "lacks write:blocks"),
        (Do.BLOCK, replace(HERS, author_id=None), (), NOBODY),
    ],
)
def test_what_the_server_and_the_token_allow_is_offered(
    action: Do, target: StoredMessage, permissions: tuple[str, ...], refusal: str
) -> None:
    found = offer(action, target, replace(OURS, permissions=permissions))
    assert refusal in found.refusal
    assert bool(refusal) is bool(found.refusal), found
    assert found.note == (NO_LONGER_TOLD if action is Do.BLOCK and not refusal else "")


def test_a_post_is_liked_once_and_the_like_taken_back(server: Server, office: LocalOffice) -> None:
    post = server.post("@northwind thank you!")
    poll(office)
    with closing(office.connect(office.desk.accounts.get(ACCOUNT.name))) as connection:
        for action, likes in ((Do.LIKE, 1), (Do.LIKE, 1), (Do.UNLIKE, 0)):
            connection.moderate(action, target_of(office, post))
            assert server.call("GET", f"/api/v1/statuses/{post}")["favourites_count"] == likes


def test_our_own_answer_is_deleted_and_a_second_time_harms_nobody(server: Server, office: LocalOffice) -> None:
    post = server.post("@northwind where is NW204?")
    poll(office)
    sent = answer(office, post, "It lands in Bergen.").external_id
    assert [one["id"] for one in server.answers(post)] == [sent]
    own = replace(target_of(office, post), message_id=sent or "", author_id=US)
    with closing(office.connect(office.desk.accounts.get(ACCOUNT.name))) as connection:
        connection.moderate(Do.DELETE, own)
        connection.moderate(Do.DELETE, own)
    assert server.answers(post) == []


def test_an_author_is_blocked_and_unblocked_also_when_the_post_is_gone(server: Server, office: LocalOffice) -> None:
    post = server.post("@northwind you will hear from me")
    poll(office)
    target = target_of(office, post)
    [person] = server.call("GET", "/api/v1/accounts/search?q=ada", who="northwind")

    def blocked() -> bool:
        [relation] = server.call("GET", f"/api/v1/accounts/relationships?id[]={person['id']}", who="northwind")
        return bool(relation["blocking"])

    with closing(office.connect(office.desk.accounts.get(ACCOUNT.name))) as connection:
        connection.moderate(Do.BLOCK, target)
        assert blocked()
        server.call("DELETE", f"/api/v1/statuses/{post}")
        connection.moderate(Do.UNBLOCK, target)
        assert not blocked()
        with pytest.raises(TargetGone):
            connection.moderate(Do.BLOCK, replace(target, route={"acct": "nobody@far.example"}))
        other = server.post("@northwind hello", who="bob")
        with pytest.raises(Refused, match="did not say who"):
            connection.moderate(Do.BLOCK, replace(target, message_id=other))
        assert not blocked(), "somebody else than the author was blocked"
