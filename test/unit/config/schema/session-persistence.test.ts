import { describe } from "vitest";
import { refuses, rule } from "./faulty.ts";

const session = (text: string) => rule(`sessionPersistence: ${text}`);
const PATH = "routes[0].rules[0].sessionPersistence";

describe("session persistence", () => {
  refuses([
    [
      "a cookie's settings for a header",
      session("{ type: Header, cookieConfig: { lifetimeType: Session } }"),
      `${PATH}.cookieConfig`,
      7,
      "a header carries",
    ],
    [
      "a permanent cookie without an end",
      session("{ cookieConfig: { lifetimeType: Permanent } }"),
      `${PATH}.cookieConfig.lifetimeType`,
      7,
      "needs absoluteTimeout",
    ],
    ["a name that no cookie has", session("{ sessionName: 'a b' }"), `${PATH}.sessionName`, 7, "is not a header name"],
  ]);
});
