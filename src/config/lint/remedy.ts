/** What to write instead, by where a secret was found. */
import type { FaultPath } from "../fault.ts";

export interface Remedy {
  /** A sentence for people. */
  readonly text: string;
  /** The value to write; absent: there is none that would do. */
  readonly instead?: string;
}

const HEADER_FIELDS = /^services\.[^.]+\.(?:endpoints\.\d+\.headers|healthChecks\.\d+\.headers)\.[^.]+$/;
const FILTER_SET = /\.requestHeaderModifier\.set\.\d+\.value$/;

/** - `prefix`: what stands before the secret, "" for nothing. */
export function remedyOf(path: FaultPath, name: string, prefix: string): Remedy {
  const dotted = path.map((step) => String(step).replaceAll(".", "-")).join(".");
  if (/^(?:notifications|services\.[^.]+\.selfHealing)\./.test(dotted)) return notified(path, dotted, name);
  if (/^telemetry\..*\.endpoint$/.test(dotted)) {
    return { text: "Send it in a header: `headers: { authorization: { secret: HEDDLE_OTLP_AUTHORIZATION } }`." };
  }
  if (/^telemetry\./.test(dotted)) return ours("HEDDLE_OTLP_", name, "wrangler secret put", "");
  if (HEADER_FIELDS.test(dotted) || FILTER_SET.test(dotted)) {
    return named(secretNameOf(path, name), prefix, "wrangler secret put");
  }
  if (/\.requestHeaderModifier\.add\./.test(dotted)) {
    return { text: "Set the header instead of adding to it: `set` takes { secret: NAME }." };
  }
  if (/\.matches\.\d+\./.test(dotted)) {
    return {
      text: "Whoever reads the config could send it: an authentication provider of type APIKey has its SHA-256 only.",
    };
  }
  if (/\.(?:responseHeaderModifier|directResponse|response)\./.test(dotted)) {
    return { text: "Every caller would be sent it." };
  }
  if (/\.endpoints\.\d+\.url$/.test(dotted)) {
    return { text: "Send it in a header: `headers: { authorization: { secret: NAME } }`." };
  }
  if (/\.(?:secret|[a-z]+Secret|urlFrom)$/.test(dotted)) {
    return {
      text: `This field takes the name of a secret, which \`wrangler secret put ${secretNameOf(path.slice(0, -1), "")}\` makes.`,
    };
  }
  return {
    text: "Make it a secret of the Worker (`wrangler secret put NAME`), and name it where a field takes { secret: NAME }.",
  };
}

function named(secret: string, prefix: string, command: string): Remedy {
  const instead = prefix === "" ? `{ secret: ${secret} }` : `{ secret: ${secret}, prefix: ${JSON.stringify(prefix)} }`;
  return { text: `Write ${instead} and make it with \`${command} ${secret}\`.`, instead };
}

function notified(path: FaultPath, dotted: string, name: string): Remedy {
  const secret = `HEDDLE_NOTIFY_${capitals(name === "url" || name === "secret" ? String(path[1]) : name)}`;
  const field = dotted.endsWith(".url") ? "urlFrom" : "secret";
  const command = `wrangler secret put ${secret} -c wrangler.control.toml`;
  return { text: `Write ${field}: ${secret} and make it with \`${command}\`.`, instead: secret };
}

function ours(before: string, name: string, command: string, after: string): Remedy {
  const secret = `${before}${capitals(name)}`;
  return {
    text: `Write { secret: ${secret} } and make it with \`${command} ${secret}${after}\`.`,
    instead: `{ secret: ${secret} }`,
  };
}

/** SHOP_AUTHORIZATION for the header of services.shop. */
function secretNameOf(path: FaultPath, name: string): string {
  const owner = path[0] === "services" && path.length > 1 ? String(path[1]) : path[0] === "routes" ? "route" : "";
  const text = capitals([owner, name].filter((part) => part !== "").join("_"));
  return text === "" ? "SHOP_API_KEY" : text.replace(/^(?:HEDDLE_|CLUSTER_TOKEN_|(?=\d))/, "ORIGIN_");
}

function capitals(text: string): string {
  return text
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "")
    .slice(0, 64);
}
