import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Issued } from "../../harness/certificates.ts";

export interface TlsOrigin {
  readonly name: string;
  /** By a name, since that is what its certificate is for. */
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  close(): Promise<void>;
}

export interface SeenRequest {
  readonly url: string;
  readonly userAgent: string;
  /** Common name of the client's certificate; "" none was shown. */
  readonly client: string;
}

export interface TlsOriginOptions extends Issued {
  readonly name: string;
  /** Connections without a certificate of this authority (PEM) are refused. Default: nobody is asked for one. */
  readonly clientAuthority?: string;
}

/** A real origin with TLS on loopback. */
export async function startTlsOrigin({ name, key, cert, clientAuthority }: TlsOriginOptions): Promise<TlsOrigin> {
  const requests: SeenRequest[] = [];
  const asks =
    clientAuthority === undefined ? {} : { ca: clientAuthority, requestCert: true, rejectUnauthorized: true };
  const server = createServer({ key, cert, ...asks }, (request, response) => {
    requests.push({
      url: request.url ?? "",
      userAgent: request.headers["user-agent"] ?? "",
      client: clientOf(request),
    });
    response.end(name);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    name,
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function clientOf({ socket }: IncomingMessage): string {
  const { subject } = (socket as TLSSocket).getPeerCertificate();
  return String(subject?.CN ?? "");
}
