"""Feeds as the shared helpers of the platforms' tests read them, and what recorded feeds become."""

from __future__ import annotations

from tests.connectors.meta.reading import Platform

FEED = Platform(
    key="feed",
    us="",
    kinds={
        "atom_missing_fields": ["MessageReceived"],
        "blog_rss2_content_encoded": ["MessageReceived"] * 7,
        "bom_before_declaration": ["Ignored"],
        "classifieds_rdf_rss1": ["MessageReceived"] * 25,
        "discourse_topic_feed": ["MessageReceived"] * 2,
        "malformed_aaa_illformed": ["Ignored"],
        "malformed_empty_document": ["UnreadablePayload"],
        "malformed_incomplete_cdata": ["Unknown"],
        "malformed_item_link_corrupted_ampersands": ["MessageReceived"],
        "malformed_koi8r": ["MessageReceived"],
        "malformed_shiftjis": ["MessageReceived"],
        "malformed_undeclared_namespace": ["Ignored"],
        "news_heraldsun": ["MessageReceived"] * 2,
        "releases_atom": ["MessageReceived"] * 10,
        "rss2_sample_liftoff": ["MessageReceived"],
        "unrecognized": ["UnreadablePayload"],
    },
)
