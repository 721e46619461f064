/** Why a request was not sent: the endpoint never heard of it, so another one may. No part of a secret is in the message. */
export class NeverSent extends Error {
  override readonly name = "NeverSent";
  /** `ours`: a key, a token or a binding is not to be had here. `body`: this request's body cannot be signed. */
  readonly of: "ours" | "body";

  constructor(why: string, of: "ours" | "body" = "ours") {
    super(why);
    this.of = of;
  }
}
