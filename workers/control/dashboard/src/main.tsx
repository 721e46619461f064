import { render } from "preact";

render(<main>Heddle</main>, document.getElementById("app")!);
