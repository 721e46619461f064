/** Who is told and what is called, in the words of the config. By name: the order in the config is no matter. */
import type { Mesh, Receiver } from "../../core/mesh.ts";
import { Hidden, inWords, type Words } from "./words.ts";

export function notificationsIn({ notifications = [] }: Mesh): Words {
  return Object.fromEntries(notifications.map(({ name, type, ...target }) => [name, { type, ...wordsOf(target) }]));
}

/** By service. */
export function selfHealingIn({ selfHealing = [] }: Mesh): Words {
  return Object.fromEntries(
    selfHealing.map(({ service, hooks }) => [
      service,
      Object.fromEntries(hooks.map(({ name, ...hook }) => [name, wordsOf(hook)])),
    ]),
  );
}

/** What is behind a host can be as good as a password; the name of a secret is none. */
function wordsOf({ url, urlFrom, secret, ...rest }: Receiver & { readonly [key: string]: unknown }) {
  const host = URL.canParse(url) ? { to: new URL(url).host, url: new Hidden(url) as unknown as Words } : {};
  return {
    ...host,
    ...(urlFrom !== "" && { urlFrom }),
    ...(secret !== "" && { from: secret }),
    ...(inWords(rest) as object),
  };
}
