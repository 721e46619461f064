/** The recipe of src/security/authn/README.md for signing requests, with nothing but Node. */
import { createHash, createHmac, randomBytes } from "node:crypto";

export interface RequestToSign {
  readonly id: string;
  readonly secret: string;
  readonly method: string;
  readonly url: string;
  readonly body?: string;
  readonly tsS?: number;
  readonly nonce?: string;
}

export function signedHeaders({ id, secret, method, url, body = "", ...given }: RequestToSign): {
  authorization: string;
} {
  const { host, pathname, search } = new URL(url);
  const ts = String(given.tsS ?? Math.floor(Date.now() / 1_000));
  const nonce = given.nonce ?? randomBytes(16).toString("base64url");
  const digest = createHash("sha256").update(body).digest("hex");
  const text = ["heddle-hmac-sha256", ts, nonce, method, host, `${pathname}${search}`, digest].join("\n");
  const sig = createHmac("sha256", secret).update(text).digest("hex");
  return { authorization: `Heddle-HMAC-SHA256 id=${id}, ts=${ts}, nonce=${nonce}, sig=${sig}` };
}
