/** Models of other proxies that can be played against Heddle, by name. A new one is a file of its own and an entry here. */
import type { Contender } from "./contender.ts";
import { envoy } from "./rivals/envoy.ts";
import { haproxy } from "./rivals/haproxy.ts";
import { linkerd } from "./rivals/linkerd.ts";
import { managed } from "./rivals/managed.ts";
import { nginx } from "./rivals/nginx.ts";

export const CONTENDERS: readonly Contender[] = [nginx, haproxy, envoy, linkerd, managed];

/** The model of that name. Throws when there is none: names from users are looked up in `CONTENDERS`. */
export function contenderNamed(name: string): Contender {
  const found = CONTENDERS.find((contender) => contender.name === name);
  if (found === undefined) throw new Error(`there is no contender ${name}`);
  return found;
}
