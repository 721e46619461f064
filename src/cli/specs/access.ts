import type { CommandSpec } from "../command.ts";
import { json, mesh } from "./options.ts";

/** Commands for which meshes there are, and who may do what. */
export const ACCESS_COMMANDS: readonly CommandSpec[] = [
  {
    name: "context",
    summary: "List the meshes you know, add, remove or show one, or choose the one in use",
    positionals: "[list|add|use|remove|show] [NAME]",
    minPositionals: 0,
    maxPositionals: 2,
    options: {
      control: { value: "URL", does: "of its control plane; https, or http on this machine" },
      edge: { value: "URL", does: "where its traffic enters" },
      token: { value: "TOKEN", does: "keep this token in the contexts file, which only you can read" },
      "token-env": { value: "NAME", does: "take the token from this environment variable" },
      "token-file": { value: "FILE", does: "take the token from this file" },
      context: mesh.context,
      json,
    },
    notes: [
      "Contexts are kept in $XDG_CONFIG_HOME/heddle/contexts.json; HEDDLE_CONFIG_DIR says another folder. The first of these",
      "says which mesh a command is about: --control, --context, HEDDLE_CONTROL_URL, HEDDLE_CONTEXT, the mesh that heddle dev",
      "or heddle demo runs in this folder (its name is `local`), the context in use.",
    ],
    examples: [
      "heddle context add prod --control https://heddle-control.example.workers.dev --token-env PROD_TOKEN",
      "heddle context use prod",
      "heddle context show",
    ],
    load: async () => (await import("../commands/context.ts")).context,
  },
  {
    name: "token",
    summary: "List the tokens of the control plane, make one, or revoke one",
    positionals: "[list | create NAME | revoke ID]",
    minPositionals: 0,
    maxPositionals: 2,
    options: {
      scope: { value: "SCOPE", many: true, does: "what a new one may do (default read)" },
      service: { value: "NAME", many: true, does: "only for this service; may be given several times" },
      expires: { value: "DURATION", does: "when it ends (default 90d)" },
      ...mesh,
      json,
    },
    notes: [
      "SCOPE: read (look), operate (overrides, rollouts), admin (config, tokens), each with what is before it; register (the",
      "registrations of its services, nothing else). The secret of a new token goes to standard output, once.",
    ],
    examples: [
      "heddle token create ci --scope admin --expires 30d",
      "heddle token create shop-instances --scope register --service shop > token.txt",
      "heddle token revoke ci",
    ],
    load: async () => (await import("../commands/token.ts")).token,
  },
  {
    name: "api-key",
    summary: "List the keys that were issued to callers of the mesh, issue one, or revoke one",
    positionals: "[list | create NAME | revoke ID]",
    minPositionals: 0,
    maxPositionals: 2,
    options: {
      provider: { value: "NAME", does: "provider of type APIKey, with `issued` in the config" },
      scope: {
        value: "SCOPE",
        many: true,
        does: "what a new one may be used for: the claim `scopes`; several with commas (default none)",
      },
      expires: { value: "DURATION", does: "when it ends (default 365d)" },
      ...mesh,
      json,
    },
    notes: [
      "NAME is the caller's, as policies and rate limits see it. Several keys may have it: to renew one, create another, hand it",
      "over, revoke the old one by its ID. A revoked key is refused everywhere after twice its provider's `issued.refresh`, 30 s by",
      "default. The new key goes to standard output, once.",
    ],
    examples: [
      "heddle api-key create acme --provider partners --scope orders:read --expires 90d",
      "heddle api-key list --provider partners",
      "heddle api-key revoke 3f9c0a1b2c3d4e5f",
    ],
    load: async () => (await import("../commands/api-key.ts")).apiKey,
  },
];
