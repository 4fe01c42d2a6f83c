"""Frappe's module "Social Care": it shares this folder, so that doctypes live in `doctype/` beside the other rooms.

Frappe looks for `social_care.social_care.doctype.…`; this file makes that name lead here. Every room refuses to be
imported under the longer name, since a second copy would have registries of its own. The empty-looking folder beside this
file keeps Frappe's developer mode from hiding it (see its README).
"""

from pathlib import Path

__path__ = [str(Path(__file__).parent)]
