/** What sources of endpoints say: DNS servers, Kubernetes, instances that register. */
import fc from "fast-check";
import { readAnswer } from "../../../src/discovery/dns/answer.ts";
import { decodeMessage } from "../../../src/discovery/dns/message.ts";
import { readPage, readWatchLine } from "../../../src/discovery/kubernetes/answers.ts";
import { checkHeartbeat, checkRegistration } from "../../../src/discovery/registry/request.ts";
import { garbled, mutated } from "../mutations.ts";
import { fuzzTarget, must } from "../target.ts";

/** An answer to "shop.example.com A" with a compressed name. */
const DNS_ANSWER = Uint8Array.from(
  Buffer.from(
    "000181800001000100000000" + "0473686f70076578616d706c6503636f6d0000010001" + "c00c000100010000003c0004c0000207",
    "hex",
  ),
);

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "shop", namespace: "default", resourceVersion: "7", uid: "u" },
  spec: { ports: [{ name: "http", port: 80 }], clusterIP: "10.0.0.7" },
};
const slice = {
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: {
    name: "shop-1",
    namespace: "default",
    labels: { "kubernetes.io/service-name": "shop" },
    resourceVersion: "8",
  },
  addressType: "IPv4",
  ports: [{ name: "http", port: 8080 }],
  endpoints: [{ addresses: ["192.0.2.7"], conditions: { ready: true }, zone: "a" }],
};
const registration = {
  url: "https://a.example.com",
  locality: { cloud: "aws", region: "us-east-1" },
  weight: 2,
  labels: { v: "1" },
  ttl: "30s",
  ready: true,
  load: 0.5,
};

export const discoveryTargets = [
  fuzzTarget(
    { name: "dns", holds: "an answer of a DNS server is read, or is none", cases: 8_000 },
    fc
      .array(fc.record({ at: fc.nat({ max: DNS_ANSWER.length - 1 }), byte: fc.nat({ max: 255 }) }), { maxLength: 6 })
      .chain((changes) => fc.nat({ max: DNS_ANSWER.length }).map((length) => ({ changes, length }))),
    ({ changes, length }) => {
      const bytes = DNS_ANSWER.slice(0, length === 0 ? DNS_ANSWER.length : length);
      for (const { at, byte } of changes) if (at < bytes.length) bytes[at] = byte;
      const message = decodeMessage(bytes);
      if (message !== null) readAnswer(message, "shop.example.com", "A");
    },
  ),
  fuzzTarget(
    {
      name: "kubernetes",
      holds: "what an API server sends is read as records, or as nothing, of which little is told",
      cases: 3_000,
    },
    fc.oneof(
      garbled([
        JSON.stringify({ kind: "ServiceList", metadata: { resourceVersion: "9", continue: "x" }, items: [service] }),
        JSON.stringify({ kind: "EndpointSliceList", metadata: { resourceVersion: "9" }, items: [slice] }),
        JSON.stringify({ type: "MODIFIED", object: slice }),
        JSON.stringify({ type: "ERROR", object: { kind: "Status", code: 410, message: "too old" } }),
      ]),
      mutated<unknown>([
        { kind: "ServiceList", metadata: { resourceVersion: "9" }, items: [service] },
        { type: "ADDED", object: slice },
      ]).map((value) => JSON.stringify(value, (_, one) => (typeof one === "bigint" ? String(one) : one)) ?? ""),
    ),
    (text) => {
      for (const resource of ["services", "endpointslices"] as const) {
        readPage(resource, text);
        const event = readWatchLine(resource, text, "CLUSTER_TOKEN");
        const isTold = event.type === "fault" && "detail" in event.fault ? event.fault.detail : "";
        must(/^[\x20-\x7e…]{0,300}$/.test(isTold), `a fault says ${isTold}`);
      }
    },
  ),
  fuzzTarget(
    {
      name: "registration",
      holds: "what an instance registers is taken whole, or every fault in it is told",
      cases: 3_000,
    },
    mutated([registration, { ready: false, load: 2 }]),
    (value) => {
      const checked = checkRegistration("a", value, 0, { allow: [] });
      if (!checked.ok)
        must(checked.faults.length > 0 && checked.faults.every(({ message }) => message !== ""), "no fault");
      else must(new URL(checked.value.endpoint.origin).protocol === "https:", "an endpoint without TLS was taken");
      checkHeartbeat(value);
    },
  ),
];
