import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { session } from "./access/session.ts";
import { SignIn } from "./access/sign-in.tsx";
import { Dialogs } from "./actions/dialog-view.tsx";
import { ConfigPage } from "./config/config-page.tsx";
import { DiscoveryPage } from "./discovery/discovery-page.tsx";
import { EventsPage } from "./events/events-page.tsx";
import { startLooking, stopLooking } from "./live/store.ts";
import { OverridesPage } from "./overrides/overrides-page.tsx";
import { OverviewPage } from "./overview/overview-page.tsx";
import { Card } from "./parts/card.tsx";
import { Empty, Waiting } from "./parts/states.tsx";
import { RolloutsPage } from "./rollouts/rollouts-page.tsx";
import { type Place, place } from "./router.ts";
import { ServicePage } from "./service/service-page.tsx";
import { Shell } from "./shell.tsx";

const TITLES: Readonly<Record<string, string>> = {
  events: "Events",
  config: "Config",
  rollouts: "Rollouts",
  overrides: "Overrides",
  discovery: "Discovery",
};

export function App() {
  const state = session.value.state;
  const at = place.value;
  useEffect(() => {
    document.title = `${titleOf(at)} · Heddle`;
  }, [at]);
  if (state === "asking") {
    return (
      <main class="sign-in">
        <Waiting what="who you are" />
      </main>
    );
  }
  if (state === "out") return <SignIn />;
  return (
    <>
      <Shell>{mayRead() ? <PageAt at={at} /> : <NothingToRead />}</Shell>
      <Dialogs />
    </>
  );
}

/** Looks at the mesh for as long as somebody is signed in. */
export function lookWhileSignedIn(): void {
  let isLooking = false;
  effect(() => {
    const isIn = session.value.state === "in";
    if (isIn === isLooking) return;
    isLooking = isIn;
    if (isIn) startLooking();
    else stopLooking();
  });
}

function PageAt({ at }: { readonly at: Place }) {
  const [page = "", name] = at.path;
  switch (page) {
    case "":
      return <OverviewPage />;
    case "services":
      return name === undefined ? <OverviewPage /> : <ServicePage key={name} service={name} />;
    case "events":
      return <EventsPage />;
    case "config":
      return <ConfigPage />;
    case "rollouts":
      return <RolloutsPage />;
    case "overrides":
      return <OverridesPage />;
    case "discovery":
      return <DiscoveryPage />;
    default:
      return (
        <>
          <h1 tabIndex={-1}>No such page</h1>
          <p>
            <a href="#/">To the overview</a>
          </p>
        </>
      );
  }
}

function mayRead(): boolean {
  const now = session.value;
  return now.state === "in" && now.who.scopes.some((scope) => scope !== "register");
}

function NothingToRead() {
  return (
    <>
      <h1 tabIndex={-1}>Heddle</h1>
      <Card title="This token may not look">
        <Empty title="It is for registering instances only">
          <p>Sign in with a token that has the scope read:</p>
          <pre>heddle token create me --scope read --expires 12h</pre>
        </Empty>
      </Card>
    </>
  );
}

function titleOf({ path: [page = "", name] }: Place): string {
  return page === "services" ? (name ?? "Overview") : (TITLES[page] ?? "Overview");
}
