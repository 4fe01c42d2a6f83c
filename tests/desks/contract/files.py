"""What every desk must do: offering files to platforms that fetch them."""

from __future__ import annotations

import pytest

from social_care.core.accounts import Account
from social_care.core.errors import Refused
from social_care.core.ports import Desk
from social_care.core.replies import Draft, Plan, Reply, Upload
from tests.desks.contract.shared import Promises
from tests.fakes import message


class FilesPromises(Promises):
    """One promise a test."""

    def test_where_nobody_can_fetch_a_file_the_sentence_says_so_and_there_is_no_address(self, desk: Desk, account: Account):
        target_ticket = self.open(desk, account, message("1"))
        target = desk.tickets.find_message(account.name, "1")
        upload = Upload(name="map.png", mime="image/png", size=3, reference="f1")
        plan = Plan(audience=target.audience, drafts=(Draft(index=1, of=1, text="", media=(upload,)),))
        with desk.transaction():
            reply = Reply(ticket=target_ticket, target=target, text="", author="agent@example.com", media=(upload,))
            (part,) = desk.outbox.add(account, reply, plan, reply_name="r1")
        assert "answer without files" in desk.files.obstacle(), "neither desk is open to the internet in a test"
        with pytest.raises(Refused, match="answer without files"):
            desk.files.address(desk.outbox.get(part), upload)
