/**
 * ours: a key, a token or a binding that the endpoint wants is not to be had here. rule: one that a filter of the rule sets, which
 * says nothing of any endpoint. body: this request's body cannot be signed.
 */
export type Lack = "ours" | "rule" | "body";

/** Why a request was not sent: the endpoint never heard of it, so another one may. No part of a secret is in the message. */
export class NeverSent extends Error {
  override readonly name = "NeverSent";
  readonly of: Lack;

  constructor(why: string, of: Lack = "ours") {
    super(why);
    this.of = of;
  }
}
