"""Conversions of a pixel, signed by OAuth 1.0a."""

import hashlib
import hmac
from base64 import b64encode

from transformer.mappers.ads import hashed, lowered, properties_of, trimmed
from transformer.mappers.envelope import request
from transformer.mappers.errors import ConfigurationError, InstrumentationError, SecretError
from transformer.mappers.values import absent, items, json_text, sha256, text, url_encode

_HOST = "https://ads-api.twitter.com/12/measurement/conversions"
_KEYS = ("consumerKey", "consumerSecret", "accessToken", "accessTokenSecret")
_TITLE = "[TWITTER ADS]"
_MARKS = str.maketrans({"!": "%21", "'": "%27", "(": "%28", ")": "%29", "*": "%2A"})


def track(event, call):
    """A conversion for each of the pixel's events that the event is."""
    settings = call.settings
    ids = _events(event.get("event"), settings)
    people = _identifiers(properties_of(event))
    keys = keys_of(call.metadata, _TITLE)
    made = call.map("conversion", event) | {"identifiers": people}
    body = {"conversions": [{**made, "event_id": one} for one in ids]}
    url = f"{_HOST}/{text(settings.get('pixelId') or '')}"
    access = signed(url, keys, text(event.get("messageId") or ""), json_text(body), call)
    headers = {"Content-Type": "application/json", "Authorization": access}
    return request(url, body, headers=headers)


def _events(name, settings):
    plain = lowered(name) if isinstance(name, str) else ""
    ids = [
        one["twitterEventId"]
        for one in items(settings.get("twitterAdsEventNames") or [])
        if plain and not absent(one.get("twitterEventId")) and lowered(one.get("rudderEventName") or "") == plain
    ]
    if not ids:
        told = name if isinstance(name, str) else ""
        raise ConfigurationError.quoting(
            "[TWITTER ADS]: Event - '{}' do not have a corresponding eventId in configuration. Aborting", told
        )
    return ids


def _identifiers(properties):
    """By what the person is known: a network address tells somebody with the browser alone."""
    made = []
    if not absent(properties.get("twclid")):
        made.append({"twclid": trimmed(properties["twclid"])})
    if found := hashed(properties.get("email")):
        made.append({"hashed_email": found})
    if found := hashed(properties.get("phone")):
        made.append({"hashed_phone_number": found})
    address, agent = (trimmed(properties.get(key) or "") for key in ("ip_address", "user_agent"))
    if address and agent:
        made.append({"ip_address": address, "user_agent": agent})
    if not made:
        raise InstrumentationError(
            "[TWITTER ADS]: one of twclid, phone, email or ip_address with user_agent must be present in properties."
        )
    return made


def keys_of(metadata, title):
    """The four keys of the account, as data planes send them with an event."""
    secret = metadata.get("secret")
    if not isinstance(secret, dict):
        told = "secret not found. This might be a platform issue. Please contact RudderStack support for assistance."
        raise SecretError(f"{title}:: OAuth - {told}")
    for key in _KEYS:
        if absent(secret.get(key)):
            raise SecretError(f"{title}:: OAuth - {key} not found")
    return {key: text(secret[key]) for key in _KEYS}


def signed(url, keys, name, body, call):
    """The Authorization header; a body of JSON is no part of what is signed. The nonce is made of name, time and body."""
    time = int(call.seconds())
    nonce = sha256(f"{name}|{time}|{body}")[:32]
    told = {
        "oauth_consumer_key": keys["consumerKey"],
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(time),
        "oauth_token": keys["accessToken"],
        "oauth_version": "1.0",
    }
    pairs = "&".join(f"{_escaped(key)}={_escaped(one)}" for key, one in sorted(told.items()))
    base = f"POST&{_escaped(url)}&{_escaped(pairs)}".encode()
    key = f"{_escaped(keys['consumerSecret'])}&{_escaped(keys['accessTokenSecret'])}".encode()
    told["oauth_signature"] = b64encode(hmac.new(key, base, hashlib.sha1).digest()).decode()
    return "OAuth " + ", ".join(f'{key}="{_escaped(one)}"' for key, one in sorted(told.items()))


def _escaped(value):
    """As RFC 3986 has it, which escapes more than a URL has to."""
    return url_encode(value).translate(_MARKS)
