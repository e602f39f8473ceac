"""Rows as records of a module: put in or changed by what they are known by, taken out by their ids."""

from transformer.mappers.ads import access_token
from transformer.mappers.envelope import request
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.paths import at, object_in
from transformer.mappers.records import action_of, settings_of
from transformer.mappers.values import absent, items, listed, text, unique, url_encode

_HOSTS = {"US": "com", "EU": "eu", "IN": "in", "AU": "com.au", "CN": "com.cn", "JP": "jp", "CA": "ca", "SA": "sa"}
_NO_REGION = "Datacentre Region is not present. Aborting"
_KNOWN_BY = {
    "leads": "Email",
    "contacts": "Email",
    "accounts": "Account_Name",
    "deals": "Deal_Name",
    "campaigns": "Campaign_Name",
    "products": "Product_Name",
    "vendors": "Vendor_Name",
    "price_books": "Price_Book_Name",
    "solutions": "Solution_Title",
    **dict.fromkeys(("tasks", "cases", "quotes", "sales_orders", "purchase_orders", "invoices"), "Subject"),
}
"""By what Zoho tells records of a module apart; others by their name."""
_NEEDS = {
    "leads": ("Last_Name",),
    "contacts": ("Last_Name",),
    "accounts": ("Account_Name",),
    "deals": ("Deal_Name", "Stage", "Pipeline"),
    "campaigns": ("Campaign_Name",),
    "tasks": ("Subject",),
    "cases": ("Case_Origin", "Status", "Subject"),
    "products": ("Product_Name",),
    "vendors": ("Vendor_Name",),
    "price_books": ("Price_Book_Name", "Pricing_Details"),
    "solutions": ("Solution_Title",),
    "quotes": ("Subject", "Quoted_Items"),
    "sales_orders": ("Subject", "Ordered_Items"),
    "purchase_orders": ("Subject", "Vendor_Name", "Purchase_Items"),
    "invoices": ("Subject", "Invoiced_Items"),
}


def row(event, call):
    """A row, as its action says."""
    settings = settings_of(call.settings, call.connection)
    module = text(settings.get("object") or settings.get("module") or "")
    if not module:
        raise ConfigurationError("The connection names no object of Zoho")
    host = _host(call)
    identifiers = object_in(event, "identifiers")
    if action_of(event) == "delete":
        return _deleted(identifiers, module, host, settings, call)
    fields = object_in(event, "fields")
    if not fields:
        raise InstrumentationError("`fields` cannot be empty")
    data = {**identifiers, **fields}
    wanted = _NEEDS.get(module.lower(), ())
    if any(absent(data.get(key)) for key in wanted):
        raise ConfigurationError(f"{module} object must have the {', '.join(wanted)} property(ies).")
    several = {text(rule["from"]): rule.get("to") for rule in _rules(settings, "multiSelectFieldLevelDecision")}
    for key in several:
        if not absent(data.get(key)):
            data[key] = listed(data[key])
    known = [rule["to"] for rule in _rules(settings, "identifierMappings") if not absent(rule.get("to"))]
    if settings.get("addDefaultDuplicateCheck"):
        known.append(_KNOWN_BY.get(module.lower(), "Name"))
    body = {"duplicate_check_fields": unique(known), "data": [data], "$append_values": several}
    if (trigger := settings.get("trigger")) != "Default":
        body["trigger"] = [] if absent(trigger) or trigger == "None" else [trigger]
    return request(f"{host}/{url_encode(module)}/upsert", body, headers=_headers(call))


def _deleted(identifiers, module, host, settings, call):
    if not identifiers:
        raise InstrumentationError("`identifiers` cannot be empty")
    if all(map(absent, identifiers.values())):
        raise InstrumentationError(f"failed to fetch zoho id for record: Identifier values are not provided for {module}")
    known = identifiers.get("id")
    if absent(known):
        raise InstrumentationError("A record is deleted by its id at Zoho, and the identifiers hold none")
    params = {"ids": text(known), "wf_trigger": "false" if settings.get("trigger") == "None" else "true"}
    return request(f"{host}/{url_encode(module)}", method="DELETE", headers=_headers(call), params=params)


def _host(call):
    account = call.destination.get("deliveryAccount")
    region = call.settings.get("region")
    if isinstance(account, dict) and "accountDefinition" in account:
        region = at(account, "options.region") or region
    if absent(region):
        tail = f"Workflow: rtWorkflow, Step: validateConfig, ChildStep: undefined, OriginalError: {_NO_REGION}"
        raise ConfigurationError(f"{_NO_REGION}: {tail}", bare=True)
    if region not in _HOSTS:
        raise ConfigurationError(f"region must be one of {', '.join(_HOSTS)}")
    return f"https://www.zohoapis.{_HOSTS[region]}/crm/v6"


def _headers(call):
    return {"Authorization": f"Zoho-oauthtoken {access_token(call.metadata, 'The event came without a token for Zoho')}"}


def _rules(settings, key):
    return [rule for rule in items(settings.get(key) or []) if not absent(rule.get("from"))]
