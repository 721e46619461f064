/** Requests for tests of authorization. */
import type { Subject } from "../../../../src/core/authz/subject.ts";
import { ANONYMOUS, type Principal } from "../../../../src/core/principal.ts";

export interface RequestParts {
  readonly method?: string;
  readonly scheme?: string;
  readonly host?: string;
  readonly path?: string;
  readonly query?: string;
  readonly port?: number;
  /** By lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly principal?: Principal;
  readonly clientIp?: string;
  readonly country?: string;
  readonly asn?: string;
  readonly colo?: string;
}

export function subject(parts: RequestParts = {}): Subject {
  const { headers = {}, port = 443, principal = ANONYMOUS, clientIp = "192.0.2.1" } = parts;
  const place = { country: parts.country ?? "", asn: parts.asn ?? "", colo: parts.colo ?? "" };
  return {
    head: {
      method: parts.method ?? "GET",
      scheme: parts.scheme ?? "https",
      host: parts.host ?? "shop.example.com",
      port,
      path: parts.path ?? "/",
      query: parts.query ?? "",
      header: (name) => headers[name] ?? null,
    },
    port,
    principal,
    clientIp,
    place: (what) => place[what],
  };
}

/** Someone with a token. */
export function token(claims: Readonly<Record<string, unknown>>): Principal {
  return { kind: "jwt", id: `${String(claims.iss)}/${String(claims.sub)}`, claims, presented: ["jwt"] };
}
