"""Post-incident reviews in a planning tool behind a small REST interface.

    POST {base}/reviews   {"key", "ticket", "title", "starts_at", "minutes", "agenda", "invitees", "draft"}

`starts_at` is UTC, `draft` the report as it stands, in Markdown. Every call carries `Idempotency-Key`; a tool that has
seen it answers 2xx, or 409 naming the key. Must never invite people itself: the invitation goes out as an e-mail.
"""

from __future__ import annotations

from datetime import UTC

from activities.adapters.http import Call, Http, as_json, bearer, under
from activities.ports import Receipt, Refused, Review


class HttpReviews:
    """`base` is the address under which `/reviews` lies, `token` a bearer token."""

    def __init__(self, http: Http, base: str, token: str = "") -> None:
        self._http = http
        self._base = base
        self._token = token

    async def schedule(self, review: Review) -> Receipt:
        """Enter the review once; the reference is the tool's id."""
        url, headers = under(self._base, "reviews"), bearer(self._token)
        call = Call("reviews", url, review.key, body=as_json(content(review)), headers=headers)
        return Receipt("reviews", (await self._http.send(call)).value("id"))


def content(review: Review) -> dict[str, object]:
    """What the planning tool gets. Raises Refused for a start without a zone."""
    if review.starts_at.tzinfo is None:
        raise Refused(f"review '{review.title}' starts at {review.starts_at} without a zone; give one")
    return {
        "key": review.key,
        "ticket": review.ticket,
        "title": review.title,
        "starts_at": review.starts_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "minutes": review.minutes,
        "agenda": review.agenda,
        "invitees": list(review.invitees),
        "draft": review.draft,
    }
