"""Answers: lengths, prices, refusals, templates, limits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from social_care.core.accounts import Account
from social_care.core.events import Audience
from social_care.core.ports import AdjustsTextRules, HasServerLimits, ListsTemplates, UsesTemplates
from social_care.core.templates import Template, Variable
from tests.connectors.contract.proof import NOW, Proof, connected, stored


class AnsweringPromises:
    """Nothing is offered that the platform forbids."""

    @settings(max_examples=60, deadline=None)
    @given(text=st.text(max_size=60))
    def test_any_text_has_a_length_and_a_price(self, proof: Proof, text: str) -> None:
        for audience in Audience:
            assert proof.connector.measure(text, audience) >= 0
            cost, warning = proof.connector.price(text, audience, stored(audience))
            assert cost >= 0
            assert (cost > 0) == proof.connector.capabilities.costs_money
            assert isinstance(warning, str)

    def test_a_deleted_public_message_cannot_be_answered(self, proof: Proof, account: Account) -> None:
        assert proof.connector.refusal(stored(Audience.PUBLIC, deleted=True), account, Audience.PUBLIC, NOW)

    def test_a_private_message_is_never_answered_publicly(self, proof: Proof, account: Account) -> None:
        assert proof.connector.refusal(stored(Audience.PRIVATE), account, Audience.PUBLIC, NOW)

    def test_nobody_writes_privately_to_themselves(self, proof: Proof, account: Account) -> None:
        abilities = proof.connector.capabilities
        if abilities.private is not None and abilities.public is not None:
            ours = stored(Audience.PUBLIC, author_id=account.external_id)
            assert proof.connector.refusal(ours, account, Audience.PRIVATE, NOW)

    def test_refusals_are_sentences(self, proof: Proof, account: Account) -> None:
        for asked in Audience:
            for given_ in Audience:
                sentence = proof.connector.refusal(stored(given_, author_id=None), account, asked, NOW)
                assert sentence == "" or sentence.endswith("."), sentence

    def test_who_uses_templates_can_list_them(self, proof: Proof, account: Account) -> None:
        connector = proof.connector
        connection = connected(proof, account, connector.required_credentials[0])
        connection.close()
        assert (
            connector.capabilities.templates
            == isinstance(connector, UsesTemplates)
            == isinstance(connection, ListsTemplates)
        )

    @settings(max_examples=60, deadline=None)
    @given(value=st.text(max_size=2000), category=st.sampled_from(["marketing", "utility", "authentication", ""]))
    def test_templates_are_refused_and_remarked_in_sentences(self, proof: Proof, value: str, category: str) -> None:
        if isinstance(proof.connector, UsesTemplates):
            shared = {"status": "approved", "approved": True, "variables": (Variable(key="body.1"),)}
            form = Template(name="n", language="en", category=category, body="{{body.1}}", **shared)
            target = stored(Audience.PRIVATE)
            for sentence in (
                proof.connector.template_refusal(form, {"body.1": value}, target),
                proof.connector.template_remark(form, target, NOW),
            ):
                assert sentence == "" or sentence.endswith("."), sentence

    def test_an_account_of_which_nothing_is_known_has_the_usual_limits(self, proof: Proof, account: Account) -> None:
        connector = proof.connector
        if not isinstance(connector, AdjustsTextRules):
            pytest.skip(f"{connector.title} has the same limits everywhere")
        for audience in Audience:
            rule = connector.text_rule(stored(audience), account, audience)
            assert rule is None or rule.limit > 0
            if isinstance(connector, HasServerLimits):
                assert connector.media_rule(account, audience) == connector.capabilities.media_rule(audience)
