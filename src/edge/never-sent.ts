/** Why a request was not sent: the endpoint never heard of it, so another one may. No part of a secret is in the message. */
export class NeverSent extends Error {
  override readonly name = "NeverSent";
}
