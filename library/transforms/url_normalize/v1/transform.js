// Writes URLs that mean one page in one way.

import { matcher } from "@library/names/v1";
import { finders, leaves } from "@library/paths/v1";

const URL_PARTS = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;
const PORTS = new Map([
  ["http", "80"],
  ["https", "443"],
  ["ftp", "21"],
  ["ws", "80"],
  ["wss", "443"],
]);
const PLAIN = /^[A-Za-z0-9\-._~]$/;
const INDEX = /\/(?:index|default)\.(?:html?|php|aspx?|jsp)$/i;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The URL in its normal form, less the parameters that `removed` names; what is no web address stays. */
export function normal(
  url,
  removed = () => false,
  sort = true,
  fragment = "remove",
  slash = "remove",
  www = false,
  lower_path = false,
  scheme = "",
) {
  let [, kind, host, path, query, part] = URL_PARTS.exec(url.trim());
  kind = kind?.toLowerCase();
  if (kind && !PORTS.has(kind)) return url;
  if (host !== undefined) {
    host = authority(host, kind, www);
    if (scheme && (kind === "http" || kind === "https")) kind = scheme;
  }
  path = tidied(path);
  if (host !== undefined) path = withoutDots(path || "/").replace(INDEX, "/");
  if (lower_path) path = path.toLowerCase();
  if (slash === "remove" && path.length > 1) path = path.replace(/\/+$/, "") || "/";
  else if (slash === "add" && !path.endsWith("/") && !path.slice(path.lastIndexOf("/") + 1).includes(".")) path += "/";
  let pairs = (query ?? "").split("&").filter((pair) => pair && !removed(decoded(nameOf(pair))));
  if (sort) pairs = sorted(pairs);
  const start = (kind ? `${kind}:` : "") + (host !== undefined ? `//${host}` : "") + path;
  const end = part && (fragment === "keep" || (fragment === "routes" && /^[!/]/.test(part))) ? `#${part}` : "";
  return start + (pairs.length ? `?${pairs.map(tidied).join("&")}` : "") + end;
}

function authority(text, kind, www) {
  const at = text.lastIndexOf("@") + 1;
  let host = text.slice(at).toLowerCase();
  const port = /:(\d*)$/.exec(host);
  if (port && (port[1] === "" || port[1] === PORTS.get(kind))) host = host.slice(0, port.index);
  if (host.endsWith(".")) host = host.slice(0, -1);
  if (www && host.startsWith("www.") && host.slice(4).includes(".")) host = host.slice(4);
  return text.slice(0, at) + host;
}

function tidied(text) {
  return text.replace(/%[0-9a-fA-F]{2}/g, (escape) => {
    const letter = String.fromCharCode(parseInt(escape.slice(1), 16));
    return PLAIN.test(letter) ? letter : escape.toUpperCase();
  });
}

function withoutDots(path) {
  const parts = [];
  for (const part of path.split("/"))
    if (part === "..") {
      if (parts.length > 1) parts.pop();
    } else if (part !== ".") parts.push(part);
  let made = parts.join("/");
  const open = /\/\.\.?$/.test(path) && !made.endsWith("/");
  if (!made.startsWith("/")) made = `/${made}`;
  return open ? `${made}/` : made;
}

const nameOf = (pair) => pair.split("=", 1)[0];

function decoded(text) {
  return text
    .replaceAll("+", " ")
    .replace(/(?:%[0-9a-fA-F]{2})+/g, (run) =>
      decoder.decode(Uint8Array.from(run.slice(1).split("%"), (hex) => parseInt(hex, 16))),
    );
}

function sorted(pairs) {
  const before = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  return pairs.sort((a, b) => before(nameOf(a), nameOf(b)));
}

const find = finders(parameters.fields);
const { sort_params, fragment, trailing_slash, strip_www, lower_path, scheme } = parameters;
const removed = matcher(parameters.remove_params);

export function transformEvent(event) {
  for (const [container, key] of leaves(find(event)))
    if (typeof container[key] === "string" && container[key].trim())
      container[key] = normal(container[key], removed, sort_params, fragment, trailing_slash, strip_www, lower_path, scheme);
  return event;
}
