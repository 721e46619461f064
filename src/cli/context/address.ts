import { CommandFailure } from "../failure.ts";

/** Hosts that mean this machine, as a URL writes them. All of 127.0.0.0/8 does, too. */
const LOOPBACK_NAMES: readonly string[] = ["localhost", "[::1]"];

/** Whether what is sent there stays on this machine. `.localhost` names do by RFC 6761. Never throws. */
export function isLoopback({ hostname }: URL): boolean {
  return (
    LOOPBACK_NAMES.includes(hostname) ||
    hostname.endsWith(".localhost") ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  );
}

/**
 * The address of a control plane or an edge in one form: http or https, no credentials, query or fragment, no slash at
 * the end.
 *
 * - `text`: as the user wrote it.
 * - `where`: what said so, for the message: "--control", "context prod".
 *
 * Throws CommandFailure when it is no such address, and for plain http to anything but this machine: a token would be
 * readable on the way.
 */
export function checkAddress(text: string, where: string): string {
  const fix = !text.includes("://") && URL.canParse(`https://${text}`) ? `did you mean https://${text}?` : "";
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    throw new CommandFailure("usage", `${where}: "${text}" is not an absolute http or https URL`, fix, 2);
  }
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    const message = `${where}: a URL with a name or password in it is not taken`;
    throw new CommandFailure("usage", message, "give a token with --token or HEDDLE_TOKEN", 2);
  }
  if (url.protocol === "http:" && !isLoopback(url)) {
    const message = `${where}: ${url.host} is not this machine, and http would show the token to everyone on the way`;
    throw new CommandFailure("insecure_address", message, `use https://${url.host}`, 2);
  }
  url.search = "";
  url.hash = "";
  return url.href.replace(/\/+$/, "");
}
