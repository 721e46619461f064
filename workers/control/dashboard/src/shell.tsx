/** What is around every page: where one can go, whether what is shown is fresh, who one is. */
import type { ComponentChildren } from "preact";
import { session, signOut } from "./access/session.ts";
import { span } from "./format.ts";
import { nowMs } from "./live/clock.ts";
import { heardAtMs, type LinkState, link, lookNow, trouble } from "./live/store.ts";
import { Icon, type IconName } from "./parts/icon.tsx";
import { Logo } from "./parts/logo.tsx";
import { place } from "./router.ts";
import { setTheme, type Theme, theme } from "./theme.ts";

const PAGES: readonly { readonly path: string; readonly name: string; readonly icon: IconName }[] = [
  { path: "", name: "Overview", icon: "overview" },
  { path: "events", name: "Events", icon: "events" },
  { path: "config", name: "Config", icon: "config" },
  { path: "rollouts", name: "Rollouts", icon: "rollouts" },
  { path: "overrides", name: "Overrides", icon: "overrides" },
  { path: "discovery", name: "Discovery", icon: "discovery" },
];

export function Shell({ children }: { readonly children: ComponentChildren }) {
  const here = place.value.path[0] ?? "";
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={() => document.querySelector<HTMLElement>("main h1")?.focus()}>
        To the content
      </button>
      <header class="bar">
        <a class="brand" href="#/" aria-label="Heddle, overview">
          <Logo />
          <span>Heddle</span>
        </a>
        <nav class="nav" aria-label="Pages">
          {PAGES.map(({ path, name, icon }) => {
            const isHere = here === path || (path === "" && here === "services");
            return (
              <a key={path} href={`#/${path}`} {...(isHere && { "aria-current": "page" as const })}>
                <Icon name={icon} />
                <span>{name}</span>
              </a>
            );
          })}
        </nav>
        <div class="bar-end">
          <LinkChip />
          <ThemeSwitch />
          <Who />
        </div>
      </header>
      <LostBanner />
      <main class="page" id="main">
        {children}
      </main>
    </div>
  );
}

const LINK_WORDS: Readonly<Record<LinkState, string>> = { live: "Live", polling: "Polling", lost: "Lost" };
const LINK_TEXTS: Readonly<Record<LinkState, string>> = {
  live: "State and events come as they happen",
  polling: "The live socket is not open: state is asked for every 2 seconds",
  lost: "The control plane gives no answer",
};

function LinkChip() {
  const state = link.value;
  return (
    <span class="link-chip" data-link={state} role="status" title={LINK_TEXTS[state]}>
      <i aria-hidden="true" />
      {LINK_WORDS[state]}
      <span class="for-readers">: {LINK_TEXTS[state]}</span>
    </span>
  );
}

function LostBanner() {
  if (link.value !== "lost") return null;
  const since = heardAtMs.value === 0 ? "" : ` What is shown is ${span(nowMs.value - heardAtMs.value)} old.`;
  return (
    <div class="banner lost" role="alert">
      <p>
        <b>{trouble.value?.title ?? "The control plane cannot be reached"}.</b>
        {since} Traffic goes on without it; this page tries again by itself.
      </p>
      <button type="button" class="button small" onClick={lookNow}>
        Try now
      </button>
    </div>
  );
}

const THEMES: readonly { readonly value: Theme; readonly icon: IconName; readonly name: string }[] = [
  { value: "system", icon: "system", name: "as the system" },
  { value: "light", icon: "sun", name: "light" },
  { value: "dark", icon: "moon", name: "dark" },
];

function ThemeSwitch() {
  const at = THEMES.findIndex(({ value }) => value === theme.value);
  const { icon, name } = THEMES[at]!;
  const next = THEMES[(at + 1) % THEMES.length]!;
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={`Theme: ${name}. Change to ${next.name}`}
      title={`Theme: ${name}`}
      onClick={() => setTheme(next.value)}
    >
      <Icon name={icon} />
    </button>
  );
}

function Who() {
  const now = session.value;
  if (now.state !== "in") return null;
  const { name, scopes, services, via } = now.who;
  const scope = scopes.join(", ") || "no scope";
  return (
    <div class="who">
      <span class="who-text" title={services === null ? scope : `${scope}; ${services.join(", ")}`}>
        <b>{name}</b>
        <small>{scope}</small>
      </span>
      {via !== "access" && (
        <button type="button" class="icon-button" aria-label="Sign out" title="Sign out" onClick={() => signOut()}>
          <Icon name="leave" />
        </button>
      )}
    </div>
  );
}
