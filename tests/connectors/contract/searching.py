"""Queries that are written from parts."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from social_care.core.accounts import Account
from social_care.core.errors import Refused
from social_care.core.listening import Condition, SearchParts, read_terms
from social_care.core.ports import BuildsQueries, TriesSearches
from tests.connectors.contract.proof import Proof, connected


class SearchingPromises:
    """No word breaks out of its query."""

    def test_who_writes_queries_can_search_and_try(self, proof: Proof, account: Account) -> None:
        connector = proof.connector
        connection = connected(proof, account, connector.required_credentials[0])
        connection.close()
        assert isinstance(connector, BuildsQueries) == isinstance(connection, TriesSearches)
        if isinstance(connector, BuildsQueries):
            assert connector.capabilities.search
            assert (connector.search_price(20) > 0) == connector.capabilities.costs_money
            with pytest.raises(Refused):
                connector.build_query(SearchParts(none_of=read_terms("late")), account)

    @settings(max_examples=80, deadline=None)
    @given(one=st.text(max_size=30), other=st.text(max_size=30), unwanted=st.text(max_size=30))
    def test_words_never_break_out_of_a_query(self, proof: Proof, one: str, other: str, unwanted: str) -> None:
        connector = proof.connector
        if not isinstance(connector, BuildsQueries):
            pytest.skip(f"the query for {connector.title} is written by hand")
        parts = SearchParts(
            all_of=read_terms(f'"{one}" OR lang:xx\nlate'), any_of=read_terms(other), none_of=read_terms(unwanted)
        )
        with suppress(Refused):
            built = connector.build_query(parts, Account(name="Ours", platform=connector.platform, external_id="900"))
            assert built.left <= set(Condition)
            bare = re.sub(r'"[^"]*"', "", built.query)
            assert '"' not in bare, "a quotation is not closed"
            assert "lang:" not in bare, "a word became an operator"
