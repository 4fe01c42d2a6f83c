"""Where a platform fetches the file of a reply, when it takes files in no other way."""

from urllib.parse import quote

import frappe
from frappe.rate_limiter import rate_limit
from werkzeug.wrappers import Response
from werkzeug.wsgi import wrap_file

from social_care.desks.helpdesk.desk import HelpdeskDesk

AN_HOUR, HOUR_S = 600, 3600
"""Fetches from one address of the network; a platform's own fetch from few."""


@frappe.whitelist(allow_guest=True, methods=["GET", "HEAD"])
@rate_limit(limit=AN_HOUR, seconds=HOUR_S)
def fetch(token: str = "") -> Response:
    """Give one file to whoever knows its address. Everything else is not there: unknown, forged and old addresses alike."""
    found = HelpdeskDesk().files.find(token)
    if found is None:
        return Response("not found", 404, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})
    content = wrap_file(frappe.request.environ, found.path.open("rb"))
    response = Response(content, 200, content_type=found.upload.mime, direct_passthrough=True)
    response.content_length = found.path.stat().st_size
    response.headers.update(
        {
            "Cache-Control": "no-store",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.upload.name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex, nofollow",
        }
    )
    return response
