"""Reading bodies: pure and total."""

from __future__ import annotations

import json
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from social_care.core.connecting import SharesWebhook
from social_care.core.errors import UnreadablePayload
from social_care.core.events import MessageReceived
from tests.connectors.contract.proof import Proof

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)


class ParsingPromises:
    """Fixtures, and whatever else a body may be."""

    def test_every_fixture_has_an_expectation(self, proof: Proof) -> None:
        cases = proof.cases()
        assert cases
        assert [case["name"] for case in cases if "expected" not in case or not case.get("shows")] == []

    def test_parsing_is_pure(self, proof: Proof) -> None:
        assert repr(proof.events()) == repr(proof.events())  # errors compare by identity

    @settings(max_examples=150, deadline=None)
    @given(
        body=ANY_JSON,
        raw=st.binary(max_size=40),
        feed=st.sampled_from(["webhook", "mentions", "direct_messages", "search:a"]),
    )
    def test_parsing_is_total(self, proof: Proof, body: object, raw: bytes, feed: str) -> None:
        for one in (body, raw):
            with suppress(UnreadablePayload):
                proof.parse(one, feed=feed)
            assert isinstance(proof.connector.account_id_in(raw), str)
            if isinstance(proof.connector, SharesWebhook):
                for sent in (raw, json.dumps(body).encode()):
                    assert all(proof.connector.addressees(sent)), "an id that is empty is nobody's"

    def test_messages_can_be_stored_and_answered(self, proof: Proof) -> None:
        for event in proof.events():
            if isinstance(event, MessageReceived):
                assert event.message_id
                assert event.thread.id
                assert all(isinstance(key, str) and isinstance(value, str) for key, value in event.route.items()), (
                    event.route
                )
