// Says where visitors came from.

import { get, writer } from "@library/paths/v1";
import { query } from "@library/utm_extract/v1";

const HOST = /^(?:[A-Za-z][A-Za-z0-9+.-]*:)?\/\/(?:[^/?#@]*@)?(\[[0-9A-Fa-f:.]+\]|[^/?#:@]+)/;
const ANDROID = /^android-app:\/\/([^/?#]+)/;

// Source: its medium, its hosts (with any ending where one ends with a dot), and the parameters that hold what was searched.
const SOURCES = {
  "Google": ["search", "google. com.google.android.googlequicksearchbox", "q"],
  "Bing": ["search", "bing.com", "q"],
  "DuckDuckGo": ["search", "duckduckgo.com", "q"],
  "Yahoo!": ["search", "search.yahoo. yahoo.", "p q"],
  "Ecosia": ["search", "ecosia.org", "q"],
  "Brave": ["search", "search.brave.com", "q"],
  "Startpage": ["search", "startpage.com", "query"],
  "Qwant": ["search", "qwant.com", "q"],
  "Yandex": ["search", "yandex. ya.ru", "text"],
  "Baidu": ["search", "baidu.com", "wd word"],
  "Naver": ["search", "search.naver.com", "query"],
  "Seznam": ["search", "search.seznam.cz", "q"],
  "AOL": ["search", "search.aol. aol.", "q"],
  "Sogou": ["search", "sogou.com", "query"],
  "Facebook": ["social", "facebook.com fb.com fb.me m.me com.facebook.katana", ""],
  "Instagram": ["social", "instagram.com", ""],
  "Threads": ["social", "threads.net threads.com", ""],
  "X": ["social", "x.com twitter.com t.co", ""],
  "LinkedIn": ["social", "linkedin.com lnkd.in", ""],
  "Reddit": ["social", "reddit.com redd.it", ""],
  "Pinterest": ["social", "pinterest. pin.it", ""],
  "YouTube": ["social", "youtube.com youtu.be", ""],
  "TikTok": ["social", "tiktok.com", ""],
  "Snapchat": ["social", "snapchat.com", ""],
  "WhatsApp": ["social", "whatsapp.com wa.me", ""],
  "Telegram": ["social", "telegram.org t.me", ""],
  "Discord": ["social", "discord.com", ""],
  "VK": ["social", "vk.com", ""],
  "Weibo": ["social", "weibo.com", ""],
  "XING": ["social", "xing.com", ""],
  "Bluesky": ["social", "bsky.app", ""],
  "Mastodon": ["social", "mastodon.social", ""],
  "Quora": ["social", "quora.com", ""],
  "Hacker News": ["social", "news.ycombinator.com", ""],
  "GitHub": ["social", "github.com", ""],
  "Gmail": ["email", "mail.google.com com.google.android.gm", ""],
  "Outlook": ["email", "outlook.live.com outlook.office.com outlook.office365.com", ""],
  "Yahoo! Mail": ["email", "mail.yahoo.", ""],
  "Proton Mail": ["email", "mail.proton.me", ""],
  "GMX": ["email", "gmx.net gmx.com", ""],
  "ChatGPT": ["assistant", "chatgpt.com chat.openai.com", ""],
  "Perplexity": ["assistant", "perplexity.ai", ""],
  "Gemini": ["assistant", "gemini.google.com", ""],
  "Copilot": ["assistant", "copilot.microsoft.com", ""],
  "Claude": ["assistant", "claude.ai", ""],
};
const BY_HOST = new Map(Object.entries(SOURCES).flatMap(([name, [, hosts]]) => hosts.split(" ").map((host) => [host, name])));

/** The host of a URL in lower case, without "www."; "" where it has none. */
export function site_of(url) {
  if (typeof url !== "string") return "";
  const found = ANDROID.exec(url.trim()) ?? HOST.exec(url.trim());
  const host = found ? found[1].toLowerCase().replace(/\.+$/, "") : "";
  return host.startsWith("www.") ? host.slice(4) : host;
}

const below = (host, hosts) => hosts.some((each) => each && (host === each || host.endsWith(`.${each}`)));

/** The name of the source that has the host, or one above it; "" for none. */
function known(host) {
  const labels = host.split(".");
  for (let start = 0; start < labels.length; start++) {
    const rest = labels.slice(start);
    const name = BY_HOST.get(rest.join("."));
    if (name) return name;
    for (let end = rest.length - 1; end > 0; end--) {
      // google.co.uk is "google." with an ending of two
      const ended = BY_HOST.get(`${rest.slice(0, end).join(".")}.`);
      const ending = rest.slice(end);
      if (ended && ending.length <= 2 && ending.every((label) => label.length <= 3 || label === "info" || label === "shop")) return ended;
    }
  }
  return "";
}

/** Where a referrer leads: medium, source, host, and term where it says what was searched; empty for no referrer. */
export function source_of(url, page = null, internal = [], sources = {}) {
  const host = site_of(url);
  if (!host) return {};
  const own = site_of(page);
  if ((own && host === own) || below(host, internal.map((each) => each.toLowerCase()))) return { medium: "internal", source: host, host };
  for (const [named, medium] of Object.entries(sources)) if (below(host, [named.toLowerCase()])) return { medium, source: named, host };
  const name = known(host);
  if (!name) return { medium: "referral", source: host, host };
  const [medium, , terms] = SOURCES[name];
  const told = { medium, source: name, host };
  const said = new Map(query(url).reverse());
  for (const term of terms.split(" ")) {
    const value = (said.get(term) ?? "").trim();
    if (!term || !value) continue;
    told.term = [...value].slice(0, 500).join("");
    break;
  }
  return told;
}

const NONE = ["", "$direct"]; // the second is what libraries send for the first
const write = writer(parameters.target);

export function transformEvent(event) {
  const url = parameters.fields.map((path) => get(event, path)).find((value) => typeof value === "string") ?? "";
  let told = source_of(url, get(event, parameters.page), parameters.internal, parameters.sources);
  if (!Object.keys(told).length && parameters.direct && NONE.includes(url.trim())) told = { medium: "direct" };
  if (Object.keys(told).length) write(event, told);
  return event;
}
