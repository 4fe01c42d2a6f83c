"""The first site test, and the only one that is seen where there is no bench."""

from __future__ import annotations

import pytest

from tests.site.conftest import HOW, INSIDE


@pytest.mark.skipif(not INSIDE, reason=HOW)
def test_the_app_is_installed(site):
    assert {"frappe", "helpdesk", "social_care"} <= set(site.get_installed_apps())
    assert site.get_attr("social_care.__version__")
