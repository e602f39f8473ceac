"""Lets events pass only with the consent that their person gave; drops the others, or strips what identifies the person."""

from __future__ import annotations

from typing import Any

from library.names.v1 import event_matcher
from library.paths.v1 import finders, remove


def granted(event: Any, category: str) -> bool | None:
    """Whether the event carries consent to a category; None where it says nothing about consent at all.

    Read are `context.consentManagement` (lists of allowed and denied ids) and `context.consent.categoryPreferences`. Where
    there is a list of what is allowed, a category must be on it; with one of what is denied alone, it must not be on that.
    """
    context = event.get("context")
    if not isinstance(context, dict):
        return None
    said: list[bool] = []
    management = context.get("consentManagement")
    if isinstance(management, dict):
        allowed, denied = _ids(management.get("allowedConsentIds")), _ids(management.get("deniedConsentIds"))
        if allowed:
            said.append(category in allowed and category not in (denied or ()))
        elif denied is not None:
            said.append(category not in denied)
        elif allowed is not None:
            said.append(False)
    consent = context.get("consent")
    preferences = consent.get("categoryPreferences") if isinstance(consent, dict) else None
    if isinstance(preferences, dict):
        said.append(preferences.get(category) is True)
    return all(said) if said else None


def _ids(value: Any) -> list[Any] | None:
    """The ids in a list, or in an object as some providers send it: its keys that are not false."""
    if isinstance(value, list):
        return value
    return [key for key, given in value.items() if given is not False] if isinstance(value, dict) else None


_categories = parameters.get("categories", [])
_any = parameters["resolution"] == "any"
_concerned = event_matcher(parameters["events"])
_strip = finders(parameters["strip"], "strip")
_on = {"denied": parameters["denied"], "missing": parameters["missing"]}
_anonymous_id = parameters["anonymous_id"]


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Drop, strip or pass the event."""
    if not _categories or not _concerned(event):
        return event
    answers = [granted(event, category) for category in _categories]
    if None in answers:
        what = "missing"
    elif any(answers) if _any else all(answers):
        return event
    else:
        what = "denied"
    if _on[what] == "drop":
        raise Drop(f"consent is {what}")
    if _on[what] == "strip":
        remove(_strip(event))
        if _anonymous_id:
            event["anonymousId"] = _anonymous_id
    return event
