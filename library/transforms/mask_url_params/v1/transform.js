// Masks query parameters, fragments and credentials in URLs, and leaves every other character as it was.

import { matcher } from "@library/names/v1";
import { finders, leaves } from "@library/paths/v1";

const CREDENTIALS = /^([a-zA-Z][a-zA-Z0-9+.-]*:)?\/\/[^/?#@]*(?:@[^/?#@]*)*@/;
const DEEPEST = 3;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The URL with the values of all parameters masked whose names `masked` accepts; null as replacement removes them. */
export function mask(url, masked, replacement = "[REDACTED]", credentials = true) {
  return typeof url === "string" ? masking(url, { masked, replacement, credentials }, 0) : url;
}

function partition(text, sign) {
  const at = text.indexOf(sign);
  return at < 0 ? [text, "", ""] : [text.slice(0, at), sign, text.slice(at + 1)];
}

function unquote(text) {
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) =>
    decoder.decode(Uint8Array.from(run.slice(1).split("%"), (hex) => parseInt(hex, 16))),
  );
}

function masking(url, how, depth) {
  let [before, hash, fragment] = partition(url, "#");
  let [base, question, query] = partition(before, "?");
  if (how.credentials && base.includes("@")) base = base.replace(CREDENTIALS, (_, scheme = "") => `${scheme}//`);
  if (query) {
    query = maskQuery(query, how, depth);
    if (!query) question = "";
  }
  if (fragment.includes("?")) {
    const [route, , inside] = partition(fragment, "?");
    const inner = maskQuery(inside, how, depth);
    fragment = inner ? `${route}?${inner}` : route;
  } else if (fragment.includes("=")) {
    fragment = maskQuery(fragment, how, depth);
    if (!fragment) hash = "";
  }
  return base + question + query + hash + fragment;
}

function maskQuery(query, how, depth) {
  const pieces = query.split(/([&;])/);
  const kept = [];
  for (let index = 0; index < pieces.length; index += 2) {
    const [name, equals, value] = partition(pieces[index], "=");
    let piece;
    if (equals && value && how.masked(unquote(name.replaceAll("+", " ")))) {
      if (how.replacement === null) continue;
      piece = `${name}=${how.replacement}`;
    } else piece = name + equals + maskInside(value, how, depth);
    kept.push(kept.length ? pieces[index - 1] + piece : piece);
  }
  return kept.join("");
}

function maskInside(value, how, depth) {
  if (depth >= DEEPEST || !value.includes("%")) return value;
  const inside = unquote(value);
  const made = masking(inside, how, depth + 1);
  return made === inside ? value : encodeURIComponent(made.toWellFormed());
}

const find = finders(parameters.fields);
const named = matcher(parameters.names);
const allowed = matcher(parameters.keep);
const everything = parameters.mode === "all";
const replacement = parameters.action === "remove" ? null : parameters.replacement;
const how = {
  masked: (name) => (everything || named(name)) && !allowed(name),
  replacement,
  credentials: parameters.credentials,
};

export function transformEvent(event) {
  for (const [container, key] of leaves(find(event)))
    if (typeof container[key] === "string") container[key] = masking(container[key], how, 0);
  return event;
}
