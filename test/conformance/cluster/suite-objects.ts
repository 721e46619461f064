/** What the suite makes by itself before it runs: certificates, and the ConfigMaps that hold their authorities. */
import { generate } from "selfsigned";
import type { KubernetesObject } from "./cluster.ts";
import type { KeyPair } from "./echo-server.ts";

/** Names that the suite's certificate is for. */
const NAMES = ["abc.example.com", "other.example.com"];
const NAMESPACE = "gateway-conformance-infra";

/** A self-signed certificate, which is its own authority. */
export async function backendCertificate(): Promise<KeyPair> {
  const { private: key, cert } = await generate([{ name: "commonName", value: "conformance.test" }], {
    keySize: 2048,
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: NAMES.map((value) => ({ type: 2, value })) },
    ],
  });
  return { key, cert };
}

/** - `authority`: of the certificate of the backends that have TLS. */
export function suiteObjects(authority: string): KubernetesObject[] {
  return ["tls-checks-ca-certificate", "mismatch-ca-certificate"].map((name) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: NAMESPACE },
    data: { "ca.crt": authority },
  }));
}
