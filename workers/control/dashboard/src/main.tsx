/** The dashboard. The page holds nothing but itself: all that it shows, the caller's token is asked for. */
import { render } from "preact";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/topology.css";
import "./styles/pages.css";
import { signIn } from "./access/session.ts";
import { takeTokenFromAddress } from "./access/token.ts";
import { App, lookWhileSignedIn } from "./app.tsx";
import { startClock } from "./live/clock.ts";
import { followAddress } from "./router.ts";
import { followTheme } from "./theme.ts";

takeTokenFromAddress();
followTheme();
followAddress();
startClock();
lookWhileSignedIn();
void signIn();
render(<App />, document.getElementById("app")!);
