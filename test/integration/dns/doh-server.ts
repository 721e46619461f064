/**
 * A resolver over HTTPS, or without the S, on loopback: zones of records, and what resolvers do when they cannot tell. Messages
 * are made by dns-packet, which knows nothing of the decoder that reads them.
 */
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, type Packet, RECURSION_DESIRED } from "dns-packet";

export interface DohServer {
  readonly url: string;
  /** Records by name; one that is not here is NXDOMAIN. */
  zone: Record<string, readonly Answer[]>;
  /** Seconds that denials hold. */
  negativeTtl: number;
  /** Answers in place of the zone. */
  intercept: ((request: IncomingMessage, response: ServerResponse, query: Packet) => unknown) | null;
  readonly asked: readonly { readonly name: string; readonly type: string }[];
  stop(): Promise<void>;
}

export const RCODE = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;
const TRUNCATED = 0x0200;

/** `tls`: absent for plain http. */
export async function startDoh(tls?: { readonly key: string; readonly cert: string }): Promise<DohServer> {
  const asked: { name: string; type: string }[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", "http://resolver");
    const query = decode(Buffer.from(url.searchParams.get("dns") ?? "", "base64url"));
    const [{ name, type }] = query.questions as [{ name: string; type: string }];
    asked.push({ name, type });
    if (own.intercept === null) sendAnswer(response, answerTo(own, query));
    else own.intercept(request, response, query);
  };
  const server = tls ? https.createServer(tls, listener) : http.createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const own: DohServer = {
    url: `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}/dns-query`,
    zone: {},
    negativeTtl: 30,
    intercept: null,
    asked,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return own;
}

/** As a resolver does: aliases are followed, and all of the way is in the answer. */
function answerTo({ zone, negativeTtl }: DohServer, query: Packet): Packet {
  const [question] = query.questions!;
  const answers: Answer[] = [];
  let name = question!.name.toLowerCase();
  for (let i = 0; i < 20; i++) {
    const alias = zone[name]?.find((record) => record.type === "CNAME");
    if (alias?.type !== "CNAME") break;
    answers.push(alias);
    name = alias.data.toLowerCase();
  }
  answers.push(...(zone[name] ?? []).filter((record) => record.type === question!.type));
  const isDenied = !answers.some((record) => record.type === question!.type);
  const soa = {
    type: "SOA" as const,
    name: "example.com",
    ttl: 3_600,
    data: {
      mname: "ns.example.com",
      rname: "admin.example.com",
      serial: 1,
      refresh: 1,
      retry: 1,
      expire: 1,
      minimum: negativeTtl,
    },
  };
  return {
    id: 0,
    type: "response",
    flags: RECURSION_DESIRED | AUTHORITATIVE_ANSWER | (zone[name] === undefined ? RCODE.NXDOMAIN : 0),
    questions: [question!],
    answers,
    authorities: isDenied ? [soa] : [],
  };
}

/** An answer without records, with this RCODE. */
export function refusal(query: Packet, code: number): Packet {
  return { id: 0, type: "response", flags: code, questions: query.questions! };
}

/** An answer that says it is cut off. */
export function truncated(query: Packet): Packet {
  return { id: 0, type: "response", flags: TRUNCATED, questions: query.questions! };
}

export function sendAnswer(response: ServerResponse, packet: Packet, headers: Record<string, string> = {}): void {
  response.writeHead(200, { "content-type": "application/dns-message", ...headers }).end(encode(packet));
}
