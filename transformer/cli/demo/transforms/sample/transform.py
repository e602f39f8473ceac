"""Keeps the browsing of one user in four; what users buy or say of themselves is always kept."""

import hashlib

ONE_IN = 4
BROWSING = {"page", "screen"}
BROWSING_TRACKS = {"Product Viewed", "Products Searched"}


def transformEvent(event, metadata):
    kind = event.get("type")
    if kind not in BROWSING and event.get("event") not in BROWSING_TRACKS:
        return event
    user = event.get("userId") or event.get("anonymousId") or ""
    if int(hashlib.sha256(user.encode()).hexdigest()[:8], 16) % ONE_IN == 0:
        return event
    raise Drop("not in the sample")
