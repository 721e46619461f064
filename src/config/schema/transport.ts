/** How requests travel to endpoints: with which certificate, and whether they may go without TLS. */
import * as z from "zod";
import { mayBePlain } from "../../core/plaintext.ts";
import { type Finding, isRecord } from "./finding.ts";
import { derived, setting } from "./setting.ts";

const plaintextSchema = z.enum(["private", "refuse", "upgrade", "allow"]);

export const plaintext = setting(
  plaintextSchema,
  "Whether endpoints are asked by http. private: within the machine and private networks only; refuse: never; upgrade: they are asked by https, on the same port unless that is 80; allow: anywhere.",
  "private",
  "what crosses the internet in the clear is read and changed on the way",
);

const TEXT =
  "Name of the mTLS binding of the Worker through which endpoints are asked, so that they see its client certificate.";

const binding = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, {
  error: "must be the name of a binding: letters, digits and underscores, not beginning with a digit",
});

export const clientCertificate = derived(binding, TEXT, "no certificate is shown");
export const ownClientCertificate = derived(binding, TEXT, "the service's");

/** Endpoints that would be asked by http where the service does not allow it. Never throws, whatever `service` is. */
export function* plaintextFindings(service: unknown): Iterable<Finding> {
  if (!isRecord(service) || !Array.isArray(service.endpoints)) return;
  const said = plaintextSchema.default("private").safeParse(service.plaintext);
  if (!said.success || said.data === "upgrade" || said.data === "allow") return;
  for (const [index, endpoint] of service.endpoints.entries()) {
    const url = isRecord(endpoint) ? endpoint.url : undefined;
    if (typeof url !== "string" || !URL.canParse(url)) continue;
    const { protocol, hostname, href } = new URL(url);
    if (protocol !== "http:" || mayBePlain(said.data, hostname)) continue;
    const message =
      said.data === "private"
        ? "would send requests over the internet without encryption: use https, or set `plaintext` of the service to upgrade or allow"
        : "is not encrypted, which `plaintext: refuse` of the service does not allow";
    yield { path: ["endpoints", index, "url"], message, suggestion: href.replace(/^http:/, "https:") };
  }
}
