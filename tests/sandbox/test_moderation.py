"""From a ticket to the sandbox of X: hiding, deleting, a lost answer, all through the real connector."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

import pytest

from social_care.core.accounts import Account
from social_care.core.errors import Refused
from social_care.core.moderation import Moderation, ModerationAction, ModerationState, Wish
from social_care.core.replies import StoredMessage
from social_care.desks.sqlite import SqliteDesk
from social_care.engine import moderating
from social_care.sandbox.x import XSandbox
from social_care.wiring import LocalOffice, load_connector

HIDE, UNHIDE, DELETE = ModerationAction.HIDE, ModerationAction.UNHIDE, ModerationAction.DELETE
NAME = "Northwind"


class Team:
    """An account at the sandbox, and a desk that has polled it."""

    def __init__(self, x: XSandbox) -> None:
        self.x, self.us, self.ada = x, x.add_user("northwind"), x.add_user("ada")
        keys = x.credentials(self.us)
        account = Account(name=NAME, platform="x", external_id=self.us.id, options={"api_base_url": x.base_url})
        self.desk = SqliteDesk(clock=lambda: datetime.now(timezone.utc))
        self.desk.add_account(account)
        credentials = {
            "client_id": keys.consumer_key,
            "client_secret": keys.consumer_secret,
            "access_token": keys.access_token,
            "access_token_secret": keys.access_token_secret,
        }
        self.office = LocalOffice(self.desk, self.desk.clock, {NAME: credentials})

    def message(self, identity: str) -> StoredMessage:
        self.office.poll(NAME)
        self.office.work()
        found = self.desk.tickets.find_message(NAME, identity)
        assert found is not None, "the poll did not bring it"
        return found

    def do(self, action: ModerationAction, target: StoredMessage) -> Moderation:
        return moderating.moderate(
            Wish(action=action, target=target, user="jo", reason="insult"),
            desk=self.desk,
            connector=load_connector("x"),
            connect=self.office.connect,
            clock=self.desk.clock,
        )


@pytest.fixture
def team() -> Iterator[Team]:
    with XSandbox() as x:
        yield Team(x)


def test_an_answer_below_our_post_is_hidden_and_shown_again(team: Team) -> None:
    root = team.x.post(team.us, "We fly to Oslo")
    answer = team.x.post(team.ada, "@northwind you never do", reply_to=root)
    assert team.do(HIDE, team.message(answer.id)).state is ModerationState.DONE
    assert answer.hidden
    assert team.do(UNHIDE, team.message(answer.id)).state is ModerationState.DONE
    assert not answer.hidden


def test_an_answer_in_somebody_elses_conversation_is_refused_before_any_call(team: Team) -> None:
    root = team.x.post(team.ada, "Who flies to Oslo?")
    answer = team.x.post(team.ada, "@northwind maybe", reply_to=root)
    with pytest.raises(Refused, match="began"):
        team.do(HIDE, team.message(answer.id))
    assert not [one for one in team.x.requests if "hidden" in one.path]


def test_a_lost_answer_stays_unknown_until_a_person_repeats_it(team: Team) -> None:
    root = team.x.post(team.us, "We fly to Oslo")
    answer = team.x.post(team.ada, "@northwind you never do", reply_to=root)
    target = team.message(answer.id)
    team.x.fault("reset_after", "PUT /2/tweets/*/hidden")
    assert team.do(HIDE, target).state is ModerationState.UNKNOWN
    team.office.work()
    assert len([one for one in team.x.requests if "hidden" in one.path]) == 1, "it was repeated without a person"
    assert team.do(HIDE, target).state is ModerationState.DONE


def test_our_own_post_is_deleted_although_the_answer_was_lost(team: Team) -> None:
    asked = team.x.post(team.ada, "@northwind where is my bag?")
    team.message(asked.id)
    ours = team.x.post(team.us, "@ada the wrong answer @northwind", reply_to=asked)
    target = team.message(ours.id)
    team.x.fault("reset_after", "DELETE /2/tweets/*")
    assert team.do(DELETE, target).state is ModerationState.DONE, "X was asked whether it is still there"
    assert ours.id not in [post.id for post in team.x.posts_by(team.us)]
    assert team.message(ours.id).deleted
