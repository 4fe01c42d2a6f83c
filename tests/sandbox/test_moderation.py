"""From a ticket to the sandbox of X: hiding, deleting, a lost answer, all through the real connector."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from decimal import Decimal

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
LIKE, UNLIKE, BLOCK, UNBLOCK = (ModerationAction(one) for one in ("like", "unlike", "block", "unblock"))
NAME = "Northwind"


class Team:
    """An account at the sandbox, and a desk that has polled it."""

    def __init__(self, x: XSandbox, **options: str) -> None:
        self.x, self.us, self.ada = x, x.add_user("northwind"), x.add_user("ada")
        keys = x.credentials(self.us)
        account = Account(name=NAME, platform="x", external_id=self.us.id, options={"api_base_url": x.base_url, **options})
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


def test_a_post_is_liked_and_no_longer_liked_by_an_enterprise_app() -> None:
    with XSandbox(enterprise=True) as x:
        team = Team(x, x_reply_rule="Enterprise")
        asked = x.post(team.ada, "@northwind thank you!")
        target = team.message(asked.id)
        charged, booked = x.api.purse.spent, team.desk.accounts.get(NAME).spent
        assert team.do(LIKE, target).state is ModerationState.DONE
        assert x.state.likes == {(team.us.id, asked.id)}
        assert team.do(UNLIKE, target).state is ModerationState.DONE
        assert not x.state.likes
        assert x.api.purse.spent - charged == Decimal("0.025")
        assert team.desk.accounts.get(NAME).spent - booked == Decimal("0.025"), "the budget knows what X charges"


def test_likes_are_refused_to_other_apps_by_us_and_by_x(team: Team) -> None:
    asked = team.x.post(team.ada, "@northwind thank you!")
    target = team.message(asked.id)
    with pytest.raises(Refused, match="Enterprise"):
        team.do(LIKE, target)
    connection = team.office.connect(team.desk.accounts.get(NAME))
    with pytest.raises(Refused):
        connection.moderate(LIKE, target)
    connection.close()
    assert not team.x.state.likes


def test_who_is_blocked_writes_no_private_messages_until_that_is_undone(team: Team) -> None:
    written = team.x.dm(team.ada, team.us, "You are thieves")
    target = team.message(written.id)
    assert team.do(BLOCK, target).state is ModerationState.DONE
    with pytest.raises(ValueError, match="blocked"):
        team.x.dm(team.ada, team.us, "Hello?")
    assert team.do(UNBLOCK, target).state is ModerationState.DONE
    later = team.x.dm(team.ada, team.us, "Sorry")
    assert team.message(later.id).ticket == target.ticket


def test_a_block_whose_answer_was_lost_stays_unknown_and_may_be_repeated(team: Team) -> None:
    target = team.message(team.x.dm(team.ada, team.us, "You are thieves").id)
    team.x.fault("reset_after", "POST /2/users/*/dm/block")
    assert team.do(BLOCK, target).state is ModerationState.UNKNOWN
    assert (team.us.id, team.ada.id) in team.x.state.dm_blocks
    assert team.do(BLOCK, target).state is ModerationState.DONE
