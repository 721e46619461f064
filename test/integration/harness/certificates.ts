/** A certificate authority of the tests' own, and what it issues. */
import { generate } from "selfsigned";

export interface Issued {
  readonly key: string;
  readonly cert: string;
}

export interface Authority {
  /** In PEM, for those who are to believe it. */
  readonly cert: string;
  /** For a server of these names, or a client of this one. */
  issue(commonName: string, altNames?: readonly string[]): Promise<Issued>;
}

const KEYS = { keyType: "ec", curve: "P-256", algorithm: "sha256" } as const;

export async function createAuthority(name: string): Promise<Authority> {
  const ca = await generate([{ name: "commonName", value: name }], {
    ...KEYS,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, digitalSignature: true, critical: true },
    ],
  });
  return {
    cert: ca.cert,
    async issue(commonName, altNames = []) {
      const { private: key, cert } = await generate([{ name: "commonName", value: commonName }], {
        ...KEYS,
        ca: { key: ca.private, cert: ca.cert },
        extensions: [
          { name: "basicConstraints", cA: false, critical: true },
          { name: "keyUsage", digitalSignature: true, critical: true },
          { name: "extKeyUsage", serverAuth: true, clientAuth: true },
          { name: "subjectAltName", altNames: altNames.map((value) => ({ type: 2 as const, value })) },
        ],
      });
      return { key, cert };
    },
  };
}
