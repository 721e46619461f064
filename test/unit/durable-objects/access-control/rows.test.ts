import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeAnswer, decodeAuditEvent, decodeToken } from "../../../../durable-objects/access-control/rows.ts";

const token = {
  id: "0123456789abcdef",
  name: "ci",
  scopes: ["read"],
  services: null,
  createdAtMs: 1,
  createdBy: "bootstrap",
  expiresAtMs: 2,
  revokedAtMs: null,
  lastUsedAtMs: null,
  secretHash: "0".repeat(64),
};
const event = {
  kind: "person",
  actor: "ci",
  via: "token",
  from: { address: "", country: "" },
  action: "token.create",
  target: "x",
  service: null,
  before: null,
  after: { a: 1 },
  requestId: "r",
};

describe("stored rows", () => {
  it("come back as they were", () => {
    expect(decodeToken(JSON.stringify(token))).toEqual(token);
    expect(decodeAuditEvent(JSON.stringify(event))).toEqual(event);
    const answer = { status: 201, headers: { etag: '"1"' }, body: "{}" };
    expect(decodeAnswer(JSON.stringify(answer))).toEqual(answer);
  });

  it.each(Object.keys(token))("are no token without a right %s", (key) => {
    expect(decodeToken(JSON.stringify({ ...token, [key]: { odd: true } }))).toBeNull();
  });

  it.each(Object.keys(event).filter((key) => key !== "before" && key !== "after"))(
    "are no audit event without a right %s",
    (key) => {
      expect(decodeAuditEvent(JSON.stringify({ ...event, [key]: 7 }))).toBeNull();
    },
  );

  it("never throw, whatever is stored", () => {
    const texts = fc.oneof(fc.string(), fc.json());
    fc.assert(
      fc.property(texts, (text) =>
        [decodeToken(text), decodeAuditEvent(text), decodeAnswer(text)].every((row) => row === null),
      ),
      { seed: 1 },
    );
  });
});
