/** What is wrong with the nesting of an HTML page: tags that are not closed, or close what is not open. */
export function nestingFaults(page: string): string[] {
  const faults: string[] = [];
  const open: string[] = [];
  const withoutText = page.replace(/<(script|style)([^>]*)>[\s\S]*?<\/\1>/g, "<$1$2></$1>");
  for (const [tag, slash, name, rest] of withoutText.matchAll(/<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^>"]|"[^"]*")*)>/g)) {
    if (VOID.has(name!) || rest!.endsWith("/")) continue;
    if (slash === "") open.push(name!);
    else if (open.at(-1) === name) open.pop();
    else faults.push(`${tag} closes ${open.at(-1)}`);
  }
  return [...faults, ...open.map((name) => `${name} is not closed`)];
}

const VOID = new Set(["meta", "br", "hr", "img", "link", "input"]);
