"""Frappe's module "Social Care": it shares this folder, so that doctypes live in `doctype/` beside the other rooms.

Frappe looks for `social_care.social_care.doctype.…`; this file makes that name lead here. Every room refuses to be
imported under the longer name (see `social_care/rooms.py`), since a second copy would have registries of its own.
"""

from pathlib import Path

__path__ = [str(Path(__file__).parent)]
