import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { type DecodedSpan, decodeExport } from "../../fixtures/otlp.ts";

/** One export request as it arrived. */
export interface Export {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** On the wire, and as text. */
  readonly wireBytes: number;
  readonly text: string;
  readonly spans: readonly DecodedSpan[];
  readonly serviceName: string;
}

/** A receiver of OTLP/HTTP traces that reads them with OpenTelemetry's own definitions. */
export interface Collector {
  /** To be the endpoint of an edge. */
  readonly url: string;
  /** Those that were answered with 200. */
  readonly taken: readonly Export[];
  /** Exports that could not be decoded; a test expects none. */
  readonly broken: readonly string[];
  /** Every request, whatever it was answered. */
  readonly asked: () => number;
  /** How the next exports are answered; the last one goes on. Default 200. */
  answers: CollectorAnswer[];
  /** All spans taken, in order. */
  spans(): readonly DecodedSpan[];
  close(): Promise<void>;
}

export interface CollectorAnswer {
  readonly status: number | "hang";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export async function startCollector(): Promise<Collector> {
  const taken: Export[] = [];
  const broken: string[] = [];
  let asked = 0;
  const server = createServer(async (request, response) => {
    asked += 1;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const wire = Buffer.concat(chunks);
    const answer = (collector.answers.length > 1 ? collector.answers.shift() : collector.answers[0]) ?? { status: 200 };
    if (answer.status === "hang") return;
    if (answer.status === 200) {
      try {
        const text = (request.headers["content-encoding"] === "gzip" ? gunzipSync(wire) : wire).toString();
        const [only] = decodeExport(text);
        const { spans, resource } = only!;
        const serviceName = String(resource["service.name"]);
        taken.push({ headers: request.headers, wireBytes: wire.length, text, spans, serviceName });
      } catch (error) {
        broken.push(String(error));
      }
    }
    const body = answer.body ?? "{}";
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const collector: Collector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    taken,
    broken,
    asked: () => asked,
    answers: [],
    spans: () => taken.flatMap(({ spans }) => spans),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return collector;
}
