/**
 * What secrets of known kinds look like. Each pattern is tied to a prefix or a shape that nothing else has, so that what it
 * finds is one wherever it stands; the few that could be something else are looked at again (`isReally`). All match in linear
 * time: no pattern repeats what it repeats.
 *
 * Source: the issuers' own descriptions of their formats, as their partners of secret scanning publish them.
 */
import { isRandom } from "./randomness.ts";

export interface KnownFormat {
  /** As it follows "looks like". */
  readonly what: string;
  readonly pattern: RegExp;
  readonly isReally?: (found: string) => boolean;
}

/** Nothing of the alphabet before it: a prefix in the middle of a longer word is none. */
const START = "(?<![A-Za-z0-9_-])";
const token = (what: string, body: string): KnownFormat => ({ what, pattern: new RegExp(START + body) });

export const KNOWN_FORMATS: readonly KnownFormat[] = [
  {
    what: "a private key",
    pattern: /-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----/,
  },
  {
    ...token("an access key of AWS", "(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])"),
    // What AWS's own documentation shows.
    isReally: (found) => !found.endsWith("EXAMPLE"),
  },
  token("a token of GitHub", "gh[pousr]_[A-Za-z0-9]{36,251}"),
  token("a token of GitHub", "github_pat_[A-Za-z0-9_]{40,244}"),
  token("a token of GitLab", "gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat)-[A-Za-z0-9_-]{20,}"),
  token("a token of Slack", "xox[abeoprs](?:-[A-Za-z0-9]{1,64}){2,}"),
  token("a token of Slack", "xapp-[0-9]-[A-Za-z0-9-]{20,}"),
  {
    what: "an incoming webhook of Slack",
    pattern: /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9]{6,}\//,
  },
  { what: "a webhook of Discord", pattern: /discord(?:app)?\.com\/api\/webhooks\/[0-9]{6,}\/[A-Za-z0-9_-]{20,}/ },
  { what: "a webhook of Teams", pattern: /\.webhook\.office\.com\/webhookb2\/[A-Za-z0-9@-]{20,}/ },
  token("a key of Stripe", "(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}"),
  token("a signing secret of Stripe", "whsec_[A-Za-z0-9+/]{24,}"),
  token("an API key of Google", "AIza[A-Za-z0-9_-]{35}"),
  token("a client secret of Google", "GOCSPX-[A-Za-z0-9_-]{20,}"),
  token("an access token of Google", "ya29\\.[A-Za-z0-9_-]{20,}"),
  token("a key of Twilio", "SK[0-9a-f]{32}(?![A-Za-z0-9])"),
  token("a key of SendGrid", "SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{32,64}"),
  token("a key of Mailgun", "key-[0-9a-f]{32}(?![A-Za-z0-9])"),
  token("a token of npm", "npm_[A-Za-z0-9]{36}"),
  token("a token of PyPI", "pypi-AgE[A-Za-z0-9_-]{50,}"),
  token("a key of Anthropic", "sk-ant-[a-z0-9]{2,10}-[A-Za-z0-9_-]{20,}"),
  {
    ...token("a key of OpenAI", "sk-(?:proj-|svcacct-|admin-|None-)?[A-Za-z0-9_-]{32,}"),
    isReally: isRandom,
  },
  token("a token of Hugging Face", "hf_[A-Za-z0-9]{30,}"),
  token("a token of DigitalOcean", "do[opr]_v1_[0-9a-f]{64}"),
  token("a token of Databricks", "dapi[0-9a-f]{32}(?![A-Za-z0-9])"),
  token("a token of Shopify", "shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
  token("a token of Vault", "hv[sbr]\\.[A-Za-z0-9_-]{24,}"),
  token("a token of Grafana", "gl(?:sa|c)_[A-Za-z0-9+/=_]{32,}"),
  token("a key of New Relic", "NRAK-[A-Z0-9]{27}"),
  token("a token of Atlassian", "ATATT3[A-Za-z0-9_=-]{60,}"),
  token("a key of Tailscale", "tskey-[a-z]{3,12}-[A-Za-z0-9-]{16,}"),
  token("a token of Doppler", "dp\\.(?:st|pt|ct|sa|scim|audit)\\.[A-Za-z0-9._-]{40,}"),
  token("a token of Linear", "lin_(?:api|oauth)_[A-Za-z0-9]{32,}"),
  token("a bot token of Telegram", "[0-9]{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"),
  token("an Origin CA key of Cloudflare", "v1\\.0-[0-9a-f]{24}-[0-9a-f]{100,}"),
  token("an age key", "AGE-SECRET-KEY-1[0-9A-Z]{58}"),
  token("a token of this mesh's control plane", "hdl_[0-9a-f]{16}_[A-Za-z0-9_-]{43}"),
  { what: "an account key of Azure", pattern: /(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{40,}={0,2}/ },
  {
    what: "a client secret of Azure",
    pattern: /(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~.-])/,
  },
  {
    what: "a JSON Web Token",
    pattern: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/,
  },
];

/** Shorter than every known format. */
const SHORTEST = 20;

/** The first known format that occurs in a text, with what it found; null for none. Never throws; linear. */
export function knownFormatIn(text: string): { readonly what: string; readonly found: string } | null {
  if (text.length < SHORTEST) return null;
  for (const { what, pattern, isReally } of KNOWN_FORMATS) {
    const found = pattern.exec(text)?.[0];
    if (found !== undefined && (isReally === undefined || isReally(found))) return { what, found };
  }
  return null;
}

/** The text with all that looks like a secret of a known kind cut to its first four characters. Never throws. */
export function withoutKnownSecrets(text: string): string {
  let rest = text;
  // One pass for each that is found; what has been cut is found no more.
  for (let round = 0; round < 16; round += 1) {
    const known = knownFormatIn(rest);
    if (known === null) return rest;
    rest = rest.replaceAll(known.found, `${known.found.slice(0, 4)}…`);
  }
  return "…";
}
