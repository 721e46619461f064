import { useState } from "preact/hooks";
import { Logo } from "../parts/logo.tsx";
import { ProblemView } from "../parts/states.tsx";
import { session, signIn } from "./session.ts";

export function SignIn() {
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  const now = session.value;
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    await signIn(token.trim());
    setBusy(false);
  };
  return (
    <main class="sign-in" id="main">
      <form onSubmit={(event) => void submit(event)}>
        <Logo />
        <h1 tabIndex={-1}>Sign in to Heddle</h1>
        <p class="soft">With a token of the control plane. It stays in this tab, and goes when the tab goes.</p>
        <label class="field">
          <span>Token</span>
          <input
            type="password"
            name="token"
            required
            autocomplete="off"
            spellcheck={false}
            placeholder="hdl_…"
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
          <small>
            <code>heddle token create me --scope operate --expires 12h</code>
          </small>
        </label>
        {now.state === "out" && now.problem !== null && <ProblemView problem={now.problem} />}
        <button type="submit" class="button primary" disabled={busy}>
          {busy ? "Signing in…" : "Sign in"}
        </button>
      </form>
    </main>
  );
}
