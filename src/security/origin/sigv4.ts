/** The headers of an AWS Signature Version 4, by aws4fetch. */
import { AwsV4Signer } from "aws4fetch";

export interface SigV4Input {
  readonly method: string;
  /** As it is fetched, without plus signs in its query. */
  readonly url: string;
  /** What is signed, besides host, method, path, query and body. */
  readonly headers: Headers | [string, string][];
  /** Absent: `headers` have the body's digest, or there is no body. */
  readonly body?: BodyInit;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Absent: the key is a lasting one. */
  readonly sessionToken?: string;
  readonly service: string;
  readonly region: string;
  /** Epoch. */
  readonly nowMs: number;
  /** Where the key of a day is kept. */
  readonly keys: Map<string, ArrayBuffer>;
}

const SET = ["authorization", "x-amz-date", "x-amz-security-token"] as const;

/** What has to be set on the request besides the headers that were given. Never rejects. */
export async function signV4({ nowMs, keys, ...input }: SigV4Input): Promise<readonly [name: string, value: string][]> {
  const datetime = new Date(nowMs).toISOString().replace(/[:-]|\.\d{3}/g, "");
  const { headers } = await new AwsV4Signer({ ...input, datetime, cache: keys, allHeaders: true }).sign();
  return SET.flatMap((name): [string, string][] => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  });
}
