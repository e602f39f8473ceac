// Finds events of crawlers, monitors and scripts by their user agent, and drops or marks them.

import { matcher } from "@library/names/v1";
import { finders, leaves, writer } from "@library/paths/v1";

// Bots that name themselves; then services and programs whose names say nothing of it. CUBOT makes telephones.
const BOT = new RegExp(
  [
    String.raw`((?<!cu)bot(?![a-z])|(?<!cu)bots?[/ ;:+-]|crawl|spider|slurp|archiver|scraper|scrapy|headless|phantomjs|puppeteer`,
    String.raw`|playwright|selenium|webdriver|lighthouse|pagespeed|gtmetrix|webpagetest|pingdom|uptime|statuscake|site24x7`,
    String.raw`|synthetic|healthcheck|nagios|zabbix|monitis|datadog|newrelic|catchpoint|checkly|facebookexternalhit`,
    String.raw`|facebookcatalog|meta-external|embedly|bingpreview|linkpreview|link preview|skypeuripreview|whatsapp/`,
    String.raw`|vkshare|mediapartners|adsense|inspectiontool|feedfetcher|google-read-aloud|googleother|google-safety`,
    String.raw`|google-extended|apis-google|duckduckgo-favicons|yahoo! slurp|ia_archiver|httrack|nutch|heritrix|curl/|wget/`,
    String.raw`|python-|python/|aiohttp|httpx/|go-http-client|java/|apache-httpclient|libwww|lwp::|node-fetch|undici|axios/`,
    String.raw`|got \(|postmanruntime|insomnia/|guzzlehttp|ruby/|rubygems|perl/|php/|restsharp|k6/|jmeter|gatling|locust`,
    String.raw`|chatgpt-user|oai-search|claude-user|claude-web|perplexity|cohere-ai|anthropic-ai|bytespider|dataprovider|censys`,
    String.raw`|nmap|masscan|zgrab|nikto|sqlmap)`,
  ].join(""),
);

const LONGEST = 1000;

/** The word by which a user agent is known to be a program, or null for what seems to be a person. */
export function bot_name(user_agent) {
  const found = typeof user_agent === "string" ? BOT.exec(user_agent.slice(0, LONGEST).toLowerCase()) : null;
  return found && found[1].replace(/^[/ ;:+(-]+|[/ ;:+(-]+$/g, "");
}

const find = finders(parameters.fields);
const allowed = matcher(parameters.allow.map((each) => `*${each}*`));
const denied = matcher(parameters.deny.map((each) => `*${each}*`));
const write = writer("context.bot");

const KEPT_TEXTS = 2000;
const known = new Map();

/** By what word a user agent is a bot's; known for those seen lately, for there are few. */
function judged(text) {
  if (!known.has(text)) {
    if (known.size >= KEPT_TEXTS) known.clear();
    known.set(text, allowed(text) ? null : denied(text) ? "denied" : bot_name(text));
  }
  return known.get(text);
}

export function transformEvent(event) {
  let seen = false;
  let name = null;
  for (const [container, key] of leaves(find(event))) {
    const text = container[key];
    if (typeof text !== "string" || !text.trim()) continue;
    seen = true;
    name ??= judged(text.slice(0, LONGEST));
  }
  if (parameters.action === "mark") {
    if (seen) write(event, { detected: name !== null, name });
    return event;
  }
  if (name !== null) throw new Drop("sent by a bot");
  if (!seen && parameters.missing === "drop") throw new Drop("there is no user agent");
  return event;
}
