/** What Wrangler's errors mean for somebody who deploys a mesh, and what to do about each. The first that fits. */
const FIXES: readonly (readonly [sign: RegExp, fix: string])[] = [
  [/requires at least Node\.js/i, "run it with Node.js 22 or later: Wrangler needs that"],
  [
    /CLOUDFLARE_API_TOKEN|not logged in|must be logged in|wrangler login|Authentication error|code: 10000\b|code: 9106\b/i,
    "log in with npx wrangler login, or set CLOUDFLARE_API_TOKEN to a token that may edit Workers",
  ],
  [
    /more than one account|CLOUDFLARE_ACCOUNT_ID/i,
    "set CLOUDFLARE_ACCOUNT_ID, or account_id in both wrangler.toml files",
  ],
  [
    /Could not resolve "heddle:mesh"|mesh\.json/i,
    "the build step makes it: heddle compile heddle.yaml --out .heddle/mesh.json",
  ],
  [/Could not resolve "heddle/i, "npm install: the package heddle is not in node_modules"],
  [/Could not resolve "(?!\.)/i, "npm install: a package that the Worker imports is not in node_modules"],
  [/custom build|Running custom build/i, "the build step failed: heddle validate shows what is wrong with the config"],
  [/compatibility date/i, "npm install -D wrangler@latest: this one is older than compatibility_date"],
  [
    /code: 10061\b|code: 10144\b|cannot create binding for class|script_name|Could not find .*service|code: 10143\b/i,
    "the edge Worker has the objects and comes first: heddle deploy --only edge",
  ],
  [
    /workers\.dev subdomain|code: 10063\b/i,
    "open Workers in the Cloudflare dashboard once: it gives the account its workers.dev subdomain",
  ],
  [
    /code: 10027\b|exceeded the size limit|script too large/i,
    "the Worker is larger than the plan allows: heddle doctor shows what is in it",
  ],
  [
    /zone|custom domain|code: 100117\b/i,
    "the hosts in wrangler.toml need a zone of this account, without a DNS record of that name",
  ],
  [
    /ENOTFOUND|ECONNREFUSED|EAI_AGAIN|fetch failed|network/i,
    "check the network: api.cloudflare.com has to be reachable",
  ],
];

/** What to do about what Wrangler wrote; "" when nothing is known. Never throws. */
export function wranglerFix(output: string): string {
  return FIXES.find(([sign]) => sign.test(output))?.[1] ?? "";
}
